//! A device that is not our kernels: the GPU if the tests are built with `--features vulkan` or `cuda`, else
//! Burn's own CPU operations, which stand for it.

use burn::tensor::Device;

/// The device.
pub(super) fn other_device() -> Device {
    #[cfg(feature = "vulkan")]
    return Device::vulkan(burn::tensor::DeviceKind::DefaultDevice);
    #[cfg(all(feature = "cuda", not(feature = "vulkan")))]
    return Device::cuda(0);
    #[cfg(not(any(feature = "vulkan", feature = "cuda")))]
    Device::flex()
}
