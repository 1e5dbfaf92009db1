// The window network in 16-bit integers, with a bound on its error.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"
#include "scorer.hpp"

namespace postagger {

/// Rows, hidden units (ReLU) and output layer as integers.
///
/// Every hidden unit has a step of its own, chosen so that the sum of a window's rows fits in 16 bits: the
/// range of each place in the window is taken from rows seen before. All outputs have one step, chosen so that
/// sums of products fit in 32 bits. The two roundings give a bound on the error of the difference between two
/// scores; tokens whose best scores are closer must be computed in float32.
class QuantisedWindow {
public:
    /// Args: `units`, the hidden units, padded to a multiple of 32; `weight`, (outputs, units); `bias`.
    QuantisedWindow(const Outputs& outputs, const Kernels& kernels, int left, int delays, int units,
                    std::vector<float> weight, std::vector<float> bias);

    bool ready() const { return ready_; }
    void reserve(std::size_t rows);

    /// Chooses the steps. Args: `largest`, (delays, units), the largest magnitudes of numbers in rows so far.
    void calibrate(const std::vector<float>& largest);

    /// Rounds a row; must be calibrated.
    void set_row(std::uint32_t number, const float* row) noexcept;

    /// The number of rows with numbers beyond the range, whose words' windows are uncertain.
    std::size_t clipped() const { return clipped_; }
    void forget_clipped() { clipped_ = 0; }

    /// Tags a batch and returns the number of uncertain tokens, which `buffers.uncertain` lists.
    int tags(const Batch&, Buffers&, std::int32_t* tags, std::size_t stride) const;

    std::size_t row_bytes() const { return rows_.row_bytes(); }

private:
    void quantise_output();
    double widest(int head, int output) const;

    Outputs outputs_;
    const Kernels& kernels_;
    int left_, delays_, units_;
    std::vector<float> weight_, bias_;
    bool ready_ = false;
    std::vector<double> steps_;            // (units,)
    std::vector<float> factors_, limits_;  // (delays, units): 1 / step, and the largest integer
    AlignedArray<std::int16_t> packed_;
    std::vector<std::int32_t> integer_bias_, slack_;
    QuantisedOutput output_{};
    Rows<std::int16_t> rows_;
    Rows<std::uint8_t> is_clipped_{1};
    std::atomic<std::size_t> clipped_{0};  // read by threads that compute
};

}  // namespace postagger
