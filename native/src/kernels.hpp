// The arithmetic that is compiled for each instruction set, as a table of functions.
//
// Files named *_kernel.cpp are compiled once for every instruction set, each time in another namespace. They
// include no templates of the standard library: the linker keeps one copy of each, and might keep one that
// the processor at hand can't run.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu.hpp"

namespace postagger {

/// Outputs are padded to whole blocks of this many: the float32 numbers of one AVX-512 register.
inline constexpr int kBlock = 16;

/// Blocks of outputs that are computed together, in registers.
inline constexpr int kPanel = 3;

inline constexpr int blocks(int outputs) { return (outputs + kBlock - 1) / kBlock; }

enum class Activation { none, sigmoid, tanh, relu, leaky_relu, elu, gelu, silu };

/// An affine layer. Its weights are in panels of `kPanel` blocks of outputs (fewer in the last one); each is
/// `[input][output in the panel]`.
struct Affine {
    int inputs;
    int blocks;
    const float* weight;
    const float* bias;  // (blocks * kBlock,)
};

/// Places in a text that has padding around its sentences, and the row of the word at each place.
template <class T>
struct Windows {
    const T* const* rows;         // the row of the word at each place
    const std::uint32_t* places;  // (tokens,)
    int tokens;
    int left;   // places before the token's own
    int delays; // places in a window
    int units;  // numbers in a row for each place in the window
};

/// The outputs of one head: they start at a block of their own.
struct HeadBlocks {
    int first_block;
    int blocks;
};

/// Hidden units (ReLU) and output layer in 16-bit integers.
struct QuantisedOutput {
    int units;   // a multiple of 32
    int blocks;  // of outputs
    const std::int16_t* weight;  // in panels as in `Affine`, each [pair of units][output][unit of the pair]
    const std::int32_t* bias;    // (blocks * kBlock,)
    const std::int32_t* slack;   // (blocks * kBlock,) the largest error due to rounded rows, if this wins
    int sum;                     // an output with the weight -1 for all units ...
    std::int32_t sum_bias;       // ... and this bias: the largest error due to rounded weights
    const HeadBlocks* heads;
    int head_count;
};

struct Kernels {
    /// Sums the rows of each token's window: (tokens, units).
    void (*sum_windows)(const Windows<float>&, float* sums);

    /// x W' + b: (tokens, inputs) to (tokens, blocks * kBlock).
    void (*affine)(const Affine&, const float* x, int tokens, float* out);

    void (*activate)(Activation, float* x, std::size_t count);

    /// Adds up rows: (count, size) to (size,); `size` is a multiple of `kBlock`.
    void (*sum_rows)(const float* const* rows, int count, int size, float* sum);

    /// Sums `width` rows at each place, and finds each number's largest sum, at least 0: (places, width, size) to
    /// (size,); `size` is a multiple of `kBlock`.
    void (*convolve)(const float* const* rows, int places, int width, int size, const float* bias, float* largest);

    /// The number of the highest of each token's scores, the first of equal ones.
    void (*argmax)(const float* scores, int tokens, int stride, int outputs, std::int32_t* best);

    // The following are null where float32 is as fast.

    /// Rounds a row to integers within limits; returns whether all numbers were within.
    bool (*quantise)(const float* row, const float* factors, const float* limits, int size, std::int16_t* out);

    /// Tags windows; returns the number of tokens whose tags are uncertain, because scores are too close.
    /// Shape of `tags`: (heads, `stride`), of which the first `tokens` are written.
    int (*tag_windows)(const QuantisedOutput&, const Windows<std::int16_t>&, std::int32_t* tags,
                       std::size_t stride, std::uint32_t* uncertain);
};

const Kernels& kernels(Isa isa);

}  // namespace postagger
