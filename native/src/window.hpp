// The time-delay network: hidden layers over a window of words.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "quantised_window.hpp"
#include "scorer.hpp"

namespace postagger {

/// An affine layer's weights as the network has them: (outputs, inputs) and (outputs,).
struct DenseLayer {
    int inputs, outputs;
    std::vector<float> weight, bias;
};

/// A row holds a word's product with the first hidden layer at each place in the window.
///
/// With one hidden layer of ReLU units, tags are computed in integers, and again in float32 where two scores
/// are close. The integers' range comes from the first `kCalibration` words: until then all is float32.
class Window final : public WindowedScorer {
public:
    /// Args: `units`, the first hidden layer's; `layers`, the further hidden layers and the output layer;
    /// `exact`, whether tags that integers leave uncertain are computed in float32.
    Window(const Outputs& outputs, const Kernels& kernels, int left, int right, int units, Activation activation,
           const std::vector<DenseLayer>& layers, bool exact);

    void reserve(std::size_t rows) override;
    void set_row(std::uint32_t number) noexcept override;
    bool settle(std::uint32_t rows, bool alone) override;
    void tags(const Batch&, Buffers&, std::int32_t* tags, std::size_t stride) const override;
    std::size_t row_bytes() const override;
    std::uint64_t rechecked() const override { return rechecked_; }

protected:
    void score(const Windows<float>&, Buffers&, float* scores) const override;

private:
    static constexpr std::uint32_t kCalibration = 512;

    /// An affine layer, packed for `Kernels::affine`.
    struct Packed {
        AlignedArray<float> weight, bias;
        Affine layer;
    };

    void pack(const DenseLayer& layer, int inputs, bool output);
    void calibrate(std::uint32_t rows);

    bool exact_;
    int width_;  // hidden units without padding
    Activation activation_;
    std::vector<Packed> layers_;
    std::size_t widest_ = 0;
    std::optional<QuantisedWindow> quantised_;
    mutable std::atomic<std::uint64_t> rechecked_{0};
};

}  // namespace postagger
