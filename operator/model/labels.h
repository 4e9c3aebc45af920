#pragma once
// Labels that tell what an object of a cloud is.
#include <string_view>

namespace windlass::ops {

inline constexpr std::string_view kCloudLabel = "windlass.dev/cloud";
inline constexpr std::string_view kServiceLabel = "windlass.dev/service";
inline constexpr std::string_view kComponentLabel = "windlass.dev/component";
inline constexpr std::string_view kRevisionLabel = "windlass.dev/revision";
inline constexpr std::string_view kReleaseLabel = "windlass.dev/release";  // of workloads, not of their pods
// Of workloads of clouds whose changes are planned: the name of the settings they run.
inline constexpr std::string_view kSettingsLabel = "windlass.dev/settings";
// Of what an UpgradeRun makes: the name of the run.
inline constexpr std::string_view kRunLabel = "windlass.dev/upgrade-run";
// Of the synthetic transactions of its canary: the name of the run. Apart from the above, so that their coming and
// going wakes nobody and is no step.
inline constexpr std::string_view kProbeLabel = "windlass.dev/canary-probe";

}  // namespace windlass::ops
