// A C interface to Recurrent, for the tests to call through ctypes.
#include "../../src/recurrent.hpp"

using namespace postagger;

extern "C" {

// parts: (layers, directions, 4), the arrays of each RecurrentPart in its order.
void* recurrent_new(int kind, int relu, int layers, int directions, int hidden, int outputs,
                    const float* const* parts, const float* output_weight, const float* output_bias,
                    int precision, int isa) {
    static_assert(sizeof(RecurrentPart) == 4 * sizeof(const float*));
    const auto* all = reinterpret_cast<const RecurrentPart*>(parts);
    const RecurrentWeights weights{static_cast<RecurrentKind>(kind), relu != 0, layers, directions, hidden,
                                   outputs, all, output_weight, output_bias};
    return new Recurrent(weights, static_cast<Precision>(precision), static_cast<Isa>(isa));
}

void recurrent_delete(void* recurrent) { delete static_cast<Recurrent*>(recurrent); }

void recurrent_scores(void* recurrent, const float* const* rows, const int64_t* lengths, size_t sentences,
                      float* out) {
    static_cast<Recurrent*>(recurrent)->scores({rows, lengths, sentences}, out);
}

size_t recurrent_tags(void* recurrent, const float* const* rows, const int64_t* lengths, size_t sentences,
                      const int* sizes, int heads, int32_t* out) {
    return static_cast<Recurrent*>(recurrent)->tags({rows, lengths, sentences}, sizes, heads, out);
}
}
