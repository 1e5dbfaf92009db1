// One recurrent layer in all its directions, over a group of sentences.
#pragma once

#include "recurrent_cells.hpp"
#include "recurrent_matrix.hpp"

namespace postagger::POSTAGGER_ISA {

// The units of one direction, rounded up to whole registers. Those beyond the layer's own have no weights.
constexpr int padded(int hidden) { return rounded_up(hidden, lanes); }

// One step's view of a sentence.
template <class State>
struct Place {
    const float* row;   // the input gates of this direction
    const float* next;  // those of the next step
    State* after;       // the state after this step
    float* memory;
};

template <class Number, class Cell>
class Layer {
public:
    using State = typename Number::State;

    Layer() = default;

    Layer(const RecurrentPart* parts, int directions, int hidden)
        : directions_(directions), hidden_(hidden), bias_(sizeof(float) * directions * padded(hidden)) {
        float* bias = static_cast<float*>(bias_.get());
        for (int direction = 0; direction < directions; ++direction) {
            const RecurrentPart& part = parts[direction];
            const auto row = [=, &part](int block, int gate, int lane, float* out) {
                const int unit = block * lanes + lane;
                if (unit >= hidden) return;
                const float* from = part.state_weight + (size_t(gate) * hidden + unit) * hidden;
                for (int i = 0; i < hidden; ++i) out[i] = from[i];
            };
            weights_[direction] = Weights(padded(hidden) / lanes, padded(hidden), row);
            for (int unit = 0; unit < padded(hidden); ++unit)
                *bias++ = part.new_bias && unit < hidden ? part.new_bias[unit] : 0.0f;
        }
    }

    // Computes the states of each token: (tokens, directions, padded units).
    //
    // rows: the input gates of the group's tokens, (tokens), each (directions, gates, hidden).
    void run(const SentenceGroup& group, const float* const* rows, State* states, Scratch& scratch) const {
        for (int direction = 0; direction < directions_; ++direction)
            run_direction(direction, group, rows, states, scratch);
    }

    // The standard deviation of a state's error, given that of its input gates' error. A gate's error is
    // taken to become one of the state in the same size: activations and gates damp it, memory adds it up.
    float error(float inputs_error) const {
        float most = 0;
        for (const Weights& weights : weights_) most = std::fmax(most, weights.error(0));
        return inputs_error + most;
    }

private:
    using Weights = Matrix<Number, Cell::gates>;
    using Sum = typename Number::Sum;

    void run_direction(int direction, const SentenceGroup& group, const float* const* rows, State* states,
                       Scratch& scratch) const {
        const size_t memory_size = sizeof(float) * group.count * padded(hidden_);
        float* memory = static_cast<float*>(scratch.memory.reserve(memory_size));
        std::memset(memory, 0, memory_size);
        Place<State> places[most_sentences] = {};
        const State* before[most_sentences];  // after the last step
        int active = group.count;
        for (int64_t time = 0; time < group.sentences[0].length; ++time) {
            while (group.sentences[active - 1].length <= time) --active;
            int64_t start = 0;
            for (int s = 0; s < active; ++s) {
                const int64_t length = group.sentences[s].length;
                before[s] = places[s].after;
                places[s] = place(direction, time, start, length, rows, states);
                places[s].memory = memory + size_t(s) * padded(hidden_);
                start += length;
            }
            take_step(direction, time == 0, places, before, active);
        }
    }

    // One step's view of the sentence of this length that starts at this token of the group.
    Place<State> place(int direction, int64_t time, int64_t start, int64_t length, const float* const* rows,
                       State* states) const {
        const int64_t step = direction ? -1 : 1;
        const int64_t token = direction ? start + length - 1 - time : start + time;
        const int64_t next = time + 1 < length ? token + step : token;
        return {gates_of(rows[token], direction), gates_of(rows[next], direction),
                states + (token * directions_ + direction) * padded(hidden_), nullptr};
    }

    const float* gates_of(const float* row, int direction) const {
        return row + size_t(direction) * Cell::gates * hidden_;
    }

    void take_step(int direction, bool first, const Place<State>* places, const State* const* before,
                   int active) const {
        const Weights& weights = weights_[direction];
        const float* bias = static_cast<const float*>(bias_.get()) + direction * padded(hidden_);
        for (int block = 0; block < padded(hidden_) / lanes; ++block)
            for_each_tile<tile_size(Cell::gates)>(active, [&](int from, auto count) {
                constexpr int n = decltype(count)::value;
                Sum sums[n][Cell::gates];
                if (first) {  // the states are 0
                    for (auto& gates : sums)
                        for (Sum& sum : gates) sum = Sum(0);
                } else {
                    weights.template multiply<n>(block, before + from, sums);
                }
                POSTAGGER_UNROLL for (int s = 0; s < n; ++s)
                    update(weights, block, sums[s], places[from + s], load(bias + block * lanes));
            });
    }

    // Updates one register of a sentence's units.
    POSTAGGER_INLINE void update(const Weights& weights, int block, const Sum* sums,
                                 const Place<State>& place, Floats bias) const {
        Floats inputs[Cell::gates], states[Cell::gates];
        const int unit = block * lanes, left = hidden_ - unit;
        POSTAGGER_UNROLL for (int gate = 0; gate < Cell::gates; ++gate) {
            const size_t offset = size_t(gate) * hidden_ + unit;
            inputs[gate] = load(place.row + offset, left < lanes ? left : lanes, Floats(0.0f));
            states[gate] = weights.value(block, gate, sums[gate]);
            prefetch(place.next + offset);  // the processor cannot foresee which row comes next
        }
        Floats memory = load(place.memory + unit);
        Number::store(place.after + unit, Cell::update(inputs, states, bias, memory));
        store(place.memory + unit, memory);
    }

    int directions_ = 0, hidden_ = 0;
    Weights weights_[2];
    Memory bias_;  // (directions, padded units), of the new gate
};

}  // namespace postagger::POSTAGGER_ISA
