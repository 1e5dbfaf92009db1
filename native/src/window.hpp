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
/// are close. The integers' range comes from the first `kCalibration` words: until then all is float32. Rows in
/// float32 take two thirds of the memory, and about one token in 200 needs them: they are made again for it.
class Window final : public WindowedScorer {
public:
    /// Args: `units`, the first hidden layer's; `layers`, the further hidden layers and the output layer;
    /// `exact`, whether tags that integers leave uncertain are computed in float32.
    Window(const Outputs& outputs, const Kernels& kernels, int left, int right, int units, Activation activation,
           const std::vector<DenseLayer>& layers, bool exact);

    void reserve(std::size_t rows) override;
    float* new_row(std::uint32_t number, bool keep) noexcept override;
    void set_row(std::uint32_t number) noexcept override;
    bool lacks(std::uint32_t number) const override { return quantised_ && *slots_[number] == kNone; }
    float* lacking_row(std::uint32_t number) noexcept override;
    void set_lacking(std::uint32_t number) noexcept override { pad(rows_[*slots_[number]]); }
    bool wants_all(std::uint32_t rows, bool alone) const override;
    bool settle(std::uint32_t rows, bool alone) override;
    int tags(const Batch&, Buffers&, std::int32_t* tags, std::size_t stride) const override;
    void depends_on(const Batch&, std::uint32_t token, const std::function<void(std::uint32_t)>& found) const override;
    void tag_uncertain(const Batch&, int count, Buffers&, std::int32_t* tags, std::size_t stride) const override;
    std::size_t row_bytes() const override;
    std::size_t bytes(std::size_t words) const override;
    std::uint64_t rechecked() const override { return rechecked_; }

protected:
    void score(const Windows<float>&, Buffers&, float* scores) const override;
    const float* row(std::uint32_t number) const override { return rows_[quantised_ ? *slots_[number] : number]; }

private:
    static constexpr std::uint32_t kCalibration = 512;
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// An affine layer, packed for `Kernels::affine`.
    struct Packed {
        AlignedArray<float> weight, bias;
        Affine layer;
    };

    void pack(const DenseLayer& layer, int inputs, bool output);
    void pad(float* row) const noexcept;
    void calibrate(std::uint32_t rows);

    bool exact_;
    int width_;  // hidden units without padding
    Activation activation_;
    std::vector<Packed> layers_;
    std::size_t widest_ = 0;
    std::optional<QuantisedWindow> quantised_;

    // With integers, few rows are needed in float32. Those are kept in slots of `rows_`.
    Rows<std::uint32_t> slots_{1, Pages::small};  // of each number, or `kNone`
    std::uint32_t numbers_ = 0;                   // that have an entry there
    std::uint32_t slots_used_ = 0;
    std::vector<std::uint32_t> free_slots_;       // of those
    AlignedArray<float> made_;                    // the row that is being made, if it is not kept
    mutable std::atomic<std::uint64_t> rechecked_{0};
};

}  // namespace postagger
