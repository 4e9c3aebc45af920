#pragma once
// A network that misbehaves on request: forwards a free loopback port to another one. Thread-safe.
#include <atomic>
#include <chrono>
#include <deque>
#include <list>
#include <string>
#include <thread>

namespace windlass::kube {

class TcpProxy {
 public:
  explicit TcpProxy(int targetPort);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }
  // Each piece that the server sends waits so long.
  void delay(std::chrono::milliseconds time) { delay_ = time; }
  // Connections stay open and nothing passes: what a machine sees of one that lost its power.
  void freeze(bool frozen) { frozen_ = frozen; }
  // How often somebody connected.
  int connections() const { return connections_; }
  // Connections are closed and new ones end at once.
  void cut(bool isCut) { cut_ = isCut; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  struct Pipe {
    int from, to;
    std::deque<Piece> pieces;
    bool ended = false;
  };
  struct Link {
    Pipe up, down;
  };
  void run();
  void accept();
  void read(Pipe& pipe, std::chrono::milliseconds delay);
  bool write(Pipe& pipe);  // false: this direction is over
  void closeAll();

  const int targetPort_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<std::chrono::milliseconds> delay_{std::chrono::milliseconds(0)};
  std::atomic<int> connections_{0};
  std::atomic<bool> frozen_{false}, cut_{false}, stopping_{false};
  std::list<Link> links_;  // the thread's
  std::thread thread_;
};

}  // namespace windlass::kube
