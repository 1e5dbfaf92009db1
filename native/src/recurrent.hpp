// Recurrent taggers (LSTM, GRU, simple RNN): from rows of input gates to tag scores and tags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cpu.hpp"

namespace postagger {

// float32: tags as from float32 arithmetic. int8: the fastest arithmetic, in which a few tags of ten
// thousand differ.
enum class Precision { float32, int8 };

enum class RecurrentKind { rnn, gru, lstm };

// One direction of one layer, in torch's layout and with its gates in torch's order (LSTM: input, forget,
// cell, output; GRU: reset, update, new). "Folded bias": bias_ih + bias_hh, in which a GRU's new gate has
// only bias_ih. In the first layer the caller folds it into the rows.
struct RecurrentPart {
    const float* input_weight;  // (gates * hidden, directions * hidden); unused in the first layer
    const float* input_bias;    // (gates * hidden), the folded bias; unused in the first layer
    const float* state_weight;  // (gates * hidden, hidden)
    const float* new_bias;      // (hidden), bias_hh of the new gate; used by a GRU only
};

// The weights of a network. The arrays need to live only until Recurrent is constructed.
struct RecurrentWeights {
    RecurrentKind kind;
    bool relu;  // a simple RNN with ReLU instead of tanh
    int layers, directions, hidden, outputs;
    const RecurrentPart* parts;  // (layers, directions)
    const float* output_weight;  // (outputs, directions * hidden)
    const float* output_bias;    // (outputs)
};

// Whole sentences, one after the other. A row holds a token's input gates in the first layer, folded bias
// included: (directions, gates, hidden).
struct RecurrentBatch {
    const float* const* rows;  // (tokens)
    const int64_t* lengths;    // (sentences), in tokens; may be 0
    size_t sentences;
};

class RecurrentKernel;

// A recurrent tagger without its word features. Any number of threads may use it at once.
//
// Any batch works, but the more sentences there are, the more of them have similar lengths and share each
// step's weights: from about a thousand tokens on a batch runs at nearly full speed.
class Recurrent {
public:
    Recurrent(const RecurrentWeights& weights, Precision precision, Isa isa);
    ~Recurrent();

    // Computes the scores of each token: (tokens, outputs). In float32 precision they equal the network's
    // up to rounding.
    void scores(const RecurrentBatch& batch, float* out) const;

    // Finds the best tag of each token in each head: (tokens, heads). Heads share the outputs, one after
    // the other; sizes are their numbers of tags, (heads). Of equal scores the first wins.
    //
    // In float32 precision most scores are computed with 16-bit integers, and sentences in which the best
    // two tags are so close that rounding may have swapped them are tagged again in float32. Returns the
    // number of these sentences.
    size_t tags(const RecurrentBatch& batch, const int* sizes, int heads, int32_t* out) const;

private:
    int outputs_;
    std::unique_ptr<RecurrentKernel> exact_;  // null in int8 precision where there is a faster kernel
    std::unique_ptr<RecurrentKernel> fast_;   // null where float32 is all there is
};

}  // namespace postagger
