// The arithmetic of recurrent taggers for one instruction set: see simd.hpp.
#include "recurrent_kernel.hpp"

#include <memory>

#include "recurrent_affine.hpp"
#include "recurrent_layer.hpp"

namespace postagger::POSTAGGER_ISA {

namespace {

int lowest_bit(unsigned bits) {
#if defined(__GNUC__)
    return __builtin_ctz(bits);
#else
    int place = 0;
    while (!(bits >> place & 1)) ++place;
    return place;
#endif
}

// Finds the best of some scores. Returns whether all others are lower by more than `margin`.
bool best(const float* scores, int count, float margin, int32_t* place) {
    const Floats nothing(-INFINITY);
    const auto part = [=](int from) {
        return load(scores + from, count - from < lanes ? count - from : lanes, nothing);
    };
    Floats highest = nothing;
    for (int i = 0; i < count; i += lanes) highest = max(part(i), highest);
    const float top = largest(highest);
    int rivals = 0;
    *place = 0;
    for (int i = (count - 1) / lanes * lanes; i >= 0; i -= lanes) {
        for (unsigned bits = at_least(part(i), Floats(top - margin)); bits; bits &= bits - 1) ++rivals;
        if (const unsigned bits = at_least(part(i), Floats(top))) *place = i + lowest_bit(bits);
    }
    if (*place >= count) *place = 0;  // no score is a number
    return rivals == 1;
}

template <class Number, class Cell>
class Network : public RecurrentKernel {
public:
    explicit Network(const RecurrentWeights& weights)
        : layers_(weights.layers),
          recurrent_(new Layer<Number, Cell>[weights.layers]),
          between_(new Affine<Number>[weights.layers - 1]),
          output_(weights.output_weight, weights.output_bias, weights.outputs, weights.directions,
                  weights.hidden),
          states_(weights.directions * padded(weights.hidden)) {
        for (int layer = 0; layer < layers_; ++layer) {
            const RecurrentPart* parts = weights.parts + layer * weights.directions;
            recurrent_[layer] = Layer<Number, Cell>(parts, weights.directions, weights.hidden);
            if (layer) between_[layer - 1] = input_gates(parts, weights.directions, weights.hidden);
        }
        margin_ = Number::exact ? 0.0f : deviations * scores_error();
    }

    int stride() const override { return output_.stride(); }

    const float* scores(const SentenceGroup& group, Scratch& scratch) const override {
        const State* states = run_layers(group, scratch);
        const size_t size = sizeof(float) * group.tokens * stride();
        auto* scores = static_cast<float*>(scratch.scores.reserve(size));
        output_.run(states, group.tokens, scores);
        return scores;
    }

    bool pick(const float* scores, int64_t tokens, Heads heads, int32_t* tags) const override {
        bool sure = true;
        for (int64_t token = 0; token < tokens; ++token) {
            const float* from = scores + token * stride();
            for (int head = 0; head < heads.count; ++head) {
                sure &= best(from, heads.sizes[head], margin_, tags++);
                from += heads.sizes[head];
            }
        }
        return sure;
    }

private:
    using State = typename Number::State;

    // By how many standard deviations the best score has to be ahead.
    static constexpr float deviations = 8.0f;

    float scores_error() const {
        float error = recurrent_[0].error(0.0f);
        for (int layer = 1; layer < layers_; ++layer)
            error = recurrent_[layer].error(between_[layer - 1].error(error));
        return output_.error(error);
    }

    // The input gates of a layer in all its directions, from the states of the layer below.
    static Affine<Number> input_gates(const RecurrentPart* parts, int directions, int hidden) {
        const size_t outputs = size_t(Cell::gates) * hidden, inputs = size_t(directions) * hidden;
        Memory weights(sizeof(float) * directions * outputs * inputs);
        Memory biases(sizeof(float) * directions * outputs);
        auto* weight = static_cast<float*>(weights.get());
        auto* bias = static_cast<float*>(biases.get());
        for (int i = 0; i < directions; ++i) {
            const float* from = parts[i].input_weight;
            std::memcpy(weight + i * outputs * inputs, from, sizeof(float) * outputs * inputs);
            std::memcpy(bias + i * outputs, parts[i].input_bias, sizeof(float) * outputs);
        }
        return Affine<Number>(weight, bias, static_cast<int>(directions * outputs), directions, hidden);
    }

    const State* run_layers(const SentenceGroup& group, Scratch& scratch) const {
        State* states[2];
        for (int i = 0; i < (layers_ > 1 ? 2 : 1); ++i)
            states[i] =
                static_cast<State*>(scratch.states[i].reserve(sizeof(State) * group.tokens * states_));
        auto** rows = static_cast<const float**>(scratch.rows.reserve(sizeof(float*) * group.tokens));
        const float** next = rows;
        for (int s = 0; s < group.count; ++s)
            for (int64_t i = 0; i < group.sentences[s].length; ++i)
                *next++ = group.rows[group.sentences[s].start + i];
        recurrent_[0].run(group, rows, states[0], scratch);
        for (int layer = 1; layer < layers_; ++layer) {
            const Affine<Number>& inputs = between_[layer - 1];
            const size_t width = inputs.stride();
            const size_t size = sizeof(float) * group.tokens * width;
            auto* gates = static_cast<float*>(scratch.input_gates.reserve(size));
            inputs.run(states[(layer - 1) % 2], group.tokens, gates);
            for (int64_t i = 0; i < group.tokens; ++i) rows[i] = gates + i * width;
            recurrent_[layer].run(group, rows, states[layer % 2], scratch);
        }
        return states[(layers_ - 1) % 2];
    }

    int layers_;
    std::unique_ptr<Layer<Number, Cell>[]> recurrent_;
    std::unique_ptr<Affine<Number>[]> between_;  // from each layer to the next one's input gates
    Affine<Number> output_;
    int states_;  // of a token, both directions
    float margin_;
};

template <class Number>
RecurrentKernel* make_network(const RecurrentWeights& weights) {
    switch (weights.kind) {
        case RecurrentKind::lstm: return new Network<Number, Lstm>(weights);
        case RecurrentKind::gru: return new Network<Number, Gru>(weights);
        case RecurrentKind::rnn: break;
    }
    return new Network<Number, Tanh>(weights);
}

}  // namespace

RecurrentKernel* make_recurrent(const RecurrentWeights& weights, Arithmetic arithmetic) {
    const bool bounded = weights.kind != RecurrentKind::rnn || !weights.relu;
    switch (arithmetic) {
        case Arithmetic::float32:
            if (bounded) return make_network<Float32>(weights);
            return new Network<Float32, Relu>(weights);
        case Arithmetic::int16:
#ifdef POSTAGGER_INT16
            if (bounded) return make_network<Int16>(weights);
#endif
            break;
        case Arithmetic::int8:
#ifdef POSTAGGER_INT8
            if (bounded) return make_network<Int8>(weights);
#endif
            break;
    }
    return nullptr;  // integers hold states from -1 to 1 only
}

}  // namespace postagger::POSTAGGER_ISA
