#pragma once
// What a carrier and the node's agent say to each other, and how a carrier ends. Shared by carrier, agent and
// controller.
//
// Transport: SOCK_SEQPACKET unix socket `carrier.sock` in the carrier's run directory. The carrier listens; one agent
// is served at a time and the newest connection wins, so an agent may come, die and come back at any time. One record
// is one message: ASCII words separated by one space, the last argument may hold spaces; at most kMaxRecord bytes.
//
//   carrier -> agent   hello 1 <waiting|running|terminating> <console|noconsole>      first record of a connection
//                      terminate <grace seconds>                                      SIGTERM has come
//   agent -> carrier   hello 1
//                      starting <text>
//                      console                                    with the guest's serial port as SCM_RIGHTS descriptor
//                      running
//                      stopped <exit code> <text>
//
// The console descriptor is QEMU's own socket: console bytes flow between QEMU and carrier without the agent or the
// libvirt daemon, so neither's restart loses any.
#include <cstddef>

namespace windlass::vm::carrier {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kMaxRecord = 1024;
inline constexpr const char* kSocketName = "carrier.sock";
inline constexpr const char* kReadyName = "ready";

// The exit code of the container tells how the guest ended; the termination log holds one sentence more.
enum ExitCode : int {
  kExitClean = 0,          // powered itself off, or stopped on request
  kExitUsage = 2,          // the carrier itself was misused or could not start
  kExitCrashed = 10,       // guest crash, or QEMU died
  kExitForcedOff = 11,     // still running after the grace period
  kExitStartFailed = 12,   // worth another try
  kExitStartRefused = 13,  // spec or image is wrong: another try without a change fails again
  kExitUnwitnessed = 14,   // ended while no agent was there: how is not known
  kExitEvicted = 15,       // ended by the node
};

}  // namespace windlass::vm::carrier
