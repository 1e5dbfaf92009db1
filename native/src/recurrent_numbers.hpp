// The arithmetic of products: the types of weights, states and sums, and how they are multiplied.
//
// Each class has the same members:
// - Weight, State: the types in memory; Factors: a register of weights or states; Sum: a register of sums
// - depth: the number of products that are added up in each lane at once
// - start(starts): where sums start, given minus the offset times the sum of the weights
// - factors(weights), broadcast(states), add(sum, weights, states)
// - quantise(weights, count, out): stores a row's weights as Weight; returns the scale that turns its sums
//   into float32
// - value(sum, scale): the sum in float32
// - store(states, x): stores numbers from -1 to 1 (in float32: any numbers)
// - unit: what 1 stands for in a stored state; offset: what is added to it
// - exact: whether storing loses nothing
#pragma once

#include <cmath>

#include "simd.hpp"

namespace postagger::POSTAGGER_ISA {

struct Float32 {
    using Weight = float;
    using State = float;
    using Factors = Floats;
    using Sum = Floats;
    static constexpr int depth = 1;
    static constexpr int offset = 0;
    static constexpr bool exact = true;
    static constexpr float unit = 1.0f;

    static POSTAGGER_INLINE Sum start(const int32_t*) { return Sum(0.0f); }
    static POSTAGGER_INLINE Factors factors(const Weight* weights) { return load(weights); }
    static POSTAGGER_INLINE Factors broadcast(const State* states) { return Floats(*states); }
    static POSTAGGER_INLINE Sum add(Sum sum, Factors weights, Factors states) {
        return fma(weights, states, sum);
    }
    static POSTAGGER_INLINE Floats value(Sum sum, const float*) { return sum; }
    static POSTAGGER_INLINE void store(State* states, Floats x) {
        postagger::POSTAGGER_ISA::store(states, x);
    }

    static float quantise(const float* weights, int count, Weight* out) {
        for (int i = 0; i < count; ++i) out[i] = weights[i];
        return 1.0f;
    }
};

#ifdef POSTAGGER_INT16
struct Int16 {
    using Weight = int16_t;
    using State = int16_t;
    using Factors = Ints;
    using Sum = Ints;
    static constexpr int depth = 2;
    static constexpr int offset = 0;
    static constexpr bool exact = false;
    // The more bits states have, the fewer are left for weights, since sums have 31.
    static constexpr float unit = 1.0f / 8192;

    static POSTAGGER_INLINE Sum start(const int32_t*) { return Sum(0); }
    static POSTAGGER_INLINE Factors factors(const Weight* weights) { return load(weights); }
    static POSTAGGER_INLINE Factors broadcast(const State* states) { return Ints(load_bits(states)); }
    static POSTAGGER_INLINE Sum add(Sum sum, Factors weights, Factors states) {
        return add_products16(sum, weights, states);
    }
    static POSTAGGER_INLINE Floats value(Sum sum, const float* scale) {
        return to_floats(sum) * load(scale);
    }
    static POSTAGGER_INLINE void store(State* states, Floats x) {
        store_rounded(states, x * Floats(1 / unit));
    }

    // The scale is the largest with which neither a weight nor a sum can overflow.
    static float quantise(const float* weights, int count, Weight* out) {
        float most = 0, total = 0;
        for (int i = 0; i < count; ++i) {
            most = std::fmax(most, std::fabs(weights[i]));
            total += std::fabs(weights[i]);
        }
        if (!(total > 0)) return 1.0f;
        const float largest_total = 2.147e9f * unit - 0.5f * static_cast<float>(count);
        const float scale = std::fmin(32767.0f / most, largest_total / total);
        for (int i = 0; i < count; ++i) out[i] = static_cast<Weight>(std::lrint(weights[i] * scale));
        return unit / scale;
    }
};
#endif

#ifdef POSTAGGER_INT8
struct Int8 {
    using Weight = int8_t;
    using State = uint8_t;
    using Factors = Ints;
    using Sum = Ints;
    static constexpr int depth = 4;
    static constexpr bool exact = false;
    static constexpr int offset = 128;  // the processor multiplies unsigned states by signed weights
    static constexpr float unit = 1.0f / 127;

    static POSTAGGER_INLINE Sum start(const int32_t* starts) { return load(starts); }
    static POSTAGGER_INLINE Factors factors(const Weight* weights) { return load(weights); }
    static POSTAGGER_INLINE Factors broadcast(const State* states) { return Ints(load_bits(states)); }
    static POSTAGGER_INLINE Sum add(Sum sum, Factors weights, Factors states) {
        return add_products8(sum, states, weights);
    }
    static POSTAGGER_INLINE Floats value(Sum sum, const float* scale) {
        return to_floats(sum) * load(scale);
    }
    static POSTAGGER_INLINE void store(State* states, Floats x) {
        store_rounded(states, fma(x, Floats(1 / unit), Floats(static_cast<float>(offset))));
    }

    static float quantise(const float* weights, int count, Weight* out) {
        float most = 0;
        for (int i = 0; i < count; ++i) most = std::fmax(most, std::fabs(weights[i]));
        if (!(most > 0)) return 1.0f;
        const float scale = 127.0f / most;
        for (int i = 0; i < count; ++i) out[i] = static_cast<Weight>(std::lrint(weights[i] * scale));
        return unit / scale;
    }
};
#endif

}  // namespace postagger::POSTAGGER_ISA
