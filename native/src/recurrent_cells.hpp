// The recurrent cells: from gates to a new state.
//
// Each class has the number of its gates and
//     update(inputs, states, bias, memory)
// with the inputs' and the states' part of each gate and the new gate's bias (GRU), for one register of
// units. It updates the memory and returns the hidden state. A sentence's memory starts as 0.
//
// Divisions are slow, so fractions are brought to a common denominator. No product overflows, since an
// exponential is at most 2^30: beyond, tanh and sigmoid are as good as constant.
#pragma once

#include "simd.hpp"

namespace postagger::POSTAGGER_ISA {

// e^-x, with which sigmoid(x) = 1 / (1 + e^-x).
POSTAGGER_INLINE Floats decay(Floats x) { return exp2(x * Floats(-1.44269504f)); }

// e^-2x, with which tanh(x) = (1 - e^-2x) / (1 + e^-2x).
POSTAGGER_INLINE Floats decay2(Floats x) { return exp2(x * Floats(-2.88539008f)); }

struct Lstm {
    static constexpr int gates = 4;  // input, forget, cell, output

    static POSTAGGER_INLINE Floats update(const Floats* inputs, const Floats* states, Floats,
                                          Floats& memory) {
        const Floats one(1.0f);
        const Floats in = one + decay(inputs[0] + states[0]);
        const Floats forget = one + decay(inputs[1] + states[1]);
        const Floats cell = decay2(inputs[2] + states[2]);
        const Floats out = one + decay(inputs[3] + states[3]);
        // memory / forget + (1 - cell) / ((1 + cell) * in)
        const Floats entry = (one + cell) * in;
        memory = fma(memory, entry, (one - cell) * forget) / (entry * forget);
        const Floats half = decay2(memory);
        return (one - half) / ((one + half) * out);
    }
};

struct Gru {
    static constexpr int gates = 3;  // reset, update, new

    static POSTAGGER_INLINE Floats update(const Floats* inputs, const Floats* states, Floats bias,
                                          Floats& memory) {
        const Floats one(1.0f);
        const Floats reset = one / (one + decay(inputs[0] + states[0]));
        const Floats keep = decay(inputs[1] + states[1]);  // the update gate is 1 / (1 + keep)
        const Floats fresh = decay2(fma(reset, states[2] + bias, inputs[2]));
        // (1 - update) * tanh + update * memory
        memory = fma(memory, one + fresh, keep * (one - fresh)) / ((one + keep) * (one + fresh));
        return memory;
    }
};

struct Tanh {
    static constexpr int gates = 1;

    static POSTAGGER_INLINE Floats update(const Floats* inputs, const Floats* states, Floats, Floats&) {
        const Floats one(1.0f), fresh = decay2(inputs[0] + states[0]);
        return (one - fresh) / (one + fresh);
    }
};

struct Relu {
    static constexpr int gates = 1;

    static POSTAGGER_INLINE Floats update(const Floats* inputs, const Floats* states, Floats, Floats&) {
        return max(inputs[0] + states[0], Floats(0.0f));
    }
};

}  // namespace postagger::POSTAGGER_ISA
