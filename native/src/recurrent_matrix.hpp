// Products of a matrix with the states of several sentences or tokens at once.
#pragma once

#include "recurrent_kernel.hpp"
#include "recurrent_numbers.hpp"

namespace postagger::POSTAGGER_ISA {

constexpr int rounded_up(int number, int multiple) { return (number + multiple - 1) / multiple * multiple; }

// The number of sentences (or tokens) whose sums of this many registers each can be kept in registers,
// with some left for weights, states and products.
constexpr int tile_size(int vectors) {
    const int size = (registers == 32 ? 24 : 8) / vectors;
    return size > 8 ? 8 : size;
}

template <int count>
struct Count {
    static constexpr int value = count;
};

// Calls use(Count<n>()), for n from 1 to most.
template <int most, class Use>
POSTAGGER_INLINE void with_count(int n, const Use& use) {
    if constexpr (most > 1)
        if (n < most) return with_count<most - 1>(n, use);
    use(Count<most>());
}

// Divides `total` items into tiles of nearly equal sizes, none larger than most, and calls
// use(first, Count<size>()) for each.
template <int most, class Use>
POSTAGGER_INLINE void for_each_tile(int total, const Use& use) {
    for (int tiles = (total + most - 1) / most, first = 0; tiles > 0; --tiles) {
        const int size = (total - first + tiles - 1) / tiles;
        with_count<most>(size, [&](auto count) { use(first, count); });
        first += size;
    }
}

// A matrix in blocks of `vectors` registers of rows. A block's weights lie in the order in which they are
// read: for each group of Number::depth columns one register per vector.
template <class Number, int vectors>
class Matrix {
public:
    using Weight = typename Number::Weight;
    using State = typename Number::State;
    using Sum = typename Number::Sum;

    Matrix() = default;

    // `row(block, vector, lane, out)` writes a row, (columns) float32 numbers that are 0 at first.
    template <class Row>
    Matrix(int blocks, int columns, const Row& row)
        : columns_(columns),
          weights_(sizeof(Weight) * blocks * vectors * lanes * columns),
          scales_(sizeof(float) * blocks * vectors * lanes),
          starts_(sizeof(int32_t) * blocks * vectors * lanes) {
        Memory values(sizeof(float) * columns), whole(sizeof(Weight) * columns);
        for (int block = 0; block < blocks; ++block)
            for (int vector = 0; vector < vectors; ++vector)
                for (int lane = 0; lane < lanes; ++lane) {
                    float* numbers = static_cast<float*>(values.get());
                    for (int i = 0; i < columns; ++i) numbers[i] = 0;
                    row(block, vector, lane, numbers);
                    put(block, vector, lane, numbers, static_cast<Weight*>(whole.get()));
                }
    }

    // Multiplies a block by the states of `count` sentences. `value` turns the sums into float32.
    template <int count>
    POSTAGGER_INLINE void multiply(int block, const State* const* states, Sum (&sums)[count][vectors]) const {
        const Weight* weights = static_cast<const Weight*>(weights_.get()) + block * block_size();
        POSTAGGER_UNROLL for (int vector = 0; vector < vectors; ++vector) {
            const Sum start = start_of(block, vector);
            POSTAGGER_UNROLL for (int s = 0; s < count; ++s) sums[s][vector] = start;
        }
        const State* from[count];
        POSTAGGER_UNROLL for (int s = 0; s < count; ++s) from[s] = states[s];
        for (int column = 0; column < columns_; column += Number::depth) {
            typename Number::Factors state[count];
            POSTAGGER_UNROLL for (int s = 0; s < count; ++s) state[s] = Number::broadcast(from[s] + column);
            POSTAGGER_UNROLL for (int vector = 0; vector < vectors; ++vector) {
                const auto factors = Number::factors(weights);
                weights += lanes * Number::depth;
                POSTAGGER_UNROLL for (int s = 0; s < count; ++s)
                    sums[s][vector] = Number::add(sums[s][vector], factors, state[s]);
            }
        }
    }

    // A sum of this block in float32.
    POSTAGGER_INLINE Floats value(int block, int vector, Sum sum) const {
        const float* scales = static_cast<const float*>(scales_.get());
        return Number::value(sum, scales + (block * vectors + vector) * lanes);
    }

    // The standard deviation of a product's error, given that of its states' error. It is estimated from
    // above: errors are independent, and states as large as they can be.
    float error(float states_error) const {
        return rounding_ + norm_ * (states_error + Number::unit * uniform_deviation);
    }

private:
    // The standard deviation of what rounding adds, in units of the last place.
    static constexpr float uniform_deviation = Number::exact ? 0.0f : 0.28867513f;

    size_t block_size() const { return size_t{vectors} * lanes * columns_; }

    // Where sums start, to make up for the states' offset.
    POSTAGGER_INLINE Sum start_of(int block, int vector) const {
        return Number::start(static_cast<const int32_t*>(starts_.get()) + (block * vectors + vector) * lanes);
    }

    void put(int block, int vector, int lane, const float* numbers, Weight* whole) {
        for (int i = 0; i < columns_; ++i) whole[i] = 0;
        const int row = (block * vectors + vector) * lanes + lane;
        const float scale = Number::quantise(numbers, columns_, whole);
        static_cast<float*>(scales_.get())[row] = scale;
        note_error(numbers, scale);
        Weight* out = static_cast<Weight*>(weights_.get()) + block * block_size();
        int32_t total = 0;
        for (int i = 0; i < columns_; ++i) {
            const int group = i / Number::depth * vectors + vector;
            out[(group * lanes + lane) * Number::depth + i % Number::depth] = whole[i];
            total += static_cast<int32_t>(whole[i]);
        }
        static_cast<int32_t*>(starts_.get())[row] = -Number::offset * total;
    }

    void note_error(const float* numbers, float scale) {
        float squares = 0;
        for (int i = 0; i < columns_; ++i) squares += numbers[i] * numbers[i];
        const float last_place = scale / Number::unit;  // of the weights
        const float deviation = last_place * uniform_deviation * std::sqrt(static_cast<float>(columns_));
        norm_ = std::fmax(norm_, std::sqrt(squares));
        if (squares > 0) rounding_ = std::fmax(rounding_, deviation);
    }

    int columns_ = 0;
    float norm_ = 0, rounding_ = 0;  // the largest of any row
    Memory weights_, scales_, starts_;
};

}  // namespace postagger::POSTAGGER_ISA
