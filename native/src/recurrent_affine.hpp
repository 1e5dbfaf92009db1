// An affine layer above the states of a recurrent layer.
#pragma once

#include "recurrent_layer.hpp"

namespace postagger::POSTAGGER_ISA {

template <class Number>
class Affine {
public:
    using State = typename Number::State;

    Affine() = default;

    // weight: (outputs, directions * hidden); bias: (outputs).
    Affine(const float* weight, const float* bias, int outputs, int directions, int hidden)
        : outputs_(outputs),
          inputs_(directions * padded(hidden)),
          weights_(blocks(), inputs_, [=](int block, int vector, int lane, float* row) {
              const int output = (block * vectors + vector) * lanes + lane;
              if (output >= outputs) return;
              const float* from = weight + size_t(output) * directions * hidden;
              for (int direction = 0; direction < directions; ++direction)
                  for (int i = 0; i < hidden; ++i) row[direction * padded(hidden) + i] = *from++;
          }),
          bias_(sizeof(float) * stride()) {
        float* values = static_cast<float*>(bias_.get());
        for (int i = 0; i < stride(); ++i) values[i] = i < outputs ? bias[i] : 0.0f;
    }

    // The outputs' number, rounded up to whole registers.
    int stride() const { return rounded_up(outputs_, lanes); }

    // states: (tokens, directions, padded units); out: (tokens, stride()).
    void run(const State* states, int64_t tokens, float* out) const {
        for (int64_t first = 0; first < tokens; first += together) {
            const int64_t left = tokens - first;
            run_some(states + first * inputs_, static_cast<int>(left < together ? left : together),
                     out + first * stride());
        }
    }

    // The standard deviation of an output's error, given that of the states' error.
    float error(float states_error) const { return weights_.error(states_error); }

private:
    static constexpr int vectors = 3;
    static constexpr int together = 64;  // tokens whose states stay in the fastest cache

    int blocks() const { return rounded_up(outputs_, vectors * lanes) / (vectors * lanes); }

    void run_some(const State* states, int tokens, float* out) const {
        for (int block = 0; block < blocks(); ++block)
            for_each_tile<tile_size(vectors)>(tokens, [&](int from, auto count) {
                constexpr int n = decltype(count)::value;
                const State* tile[n];
                for (int s = 0; s < n; ++s) tile[s] = states + size_t(from + s) * inputs_;
                typename Number::Sum sums[n][vectors];
                weights_.template multiply<n>(block, tile, sums);
                POSTAGGER_UNROLL for (int s = 0; s < n; ++s)
                    put(block, sums[s], out + size_t(from + s) * stride());
            });
    }

    POSTAGGER_INLINE void put(int block, const typename Number::Sum* sums, float* out) const {
        const float* bias = static_cast<const float*>(bias_.get());
        POSTAGGER_UNROLL for (int vector = 0; vector < vectors; ++vector) {
            const int output = (block * vectors + vector) * lanes;
            if (output < outputs_)
                store(out + output, weights_.value(block, vector, sums[vector]) + load(bias + output));
        }
    }

    int outputs_ = 0, inputs_ = 0;
    Matrix<Number, vectors> weights_;
    Memory bias_;
};

}  // namespace postagger::POSTAGGER_ISA
