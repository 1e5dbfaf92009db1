#include "recurrent_scorer.hpp"

#include <algorithm>

namespace postagger {

RecurrentScorer::RecurrentScorer(Outputs outputs, const Kernels& kernels, int width,
                                 const RecurrentWeights& weights, Precision precision, Isa isa)
    : Scorer(std::move(outputs), kernels),
      rows_(rounded_up(static_cast<std::size_t>(width), kBlock), Pages::huge),
      network_(weights, precision, isa) {}

RecurrentBatch RecurrentScorer::batch(const Batch& batch, Buffers& buffers) const {
    buffers.rows.at_least(batch.tokens);
    buffers.lengths.assign(batch.lengths, batch.lengths + batch.sentences);
    for (int t = 0; t < batch.tokens; ++t) buffers.rows[t] = rows_[batch.rows[batch.places[t]]];
    return {buffers.rows.data(), buffers.lengths.data(), buffers.lengths.size()};
}

int RecurrentScorer::tags(const Batch& batch, Buffers& buffers, std::int32_t* tags, std::size_t stride) const {
    const int heads = outputs_.heads();
    buffers.best.resize(static_cast<std::size_t>(batch.tokens) * heads);  // (tokens, heads)
    std::vector<int> sizes;
    for (int h = 0; h < heads; ++h) sizes.push_back(outputs_.count(h));
    rechecked_ += network_.tags(this->batch(batch, buffers), sizes.data(), heads, buffers.best.data());
    for (int h = 0; h < heads; ++h) {
        for (int t = 0; t < batch.tokens; ++t) tags[h * stride + t] = buffers.best[t * heads + h];
    }
    return 0;
}

void RecurrentScorer::scores(const Batch& batch, Buffers& buffers, float* scores) const {
    network_.scores(this->batch(batch, buffers), scores);
}

}  // namespace postagger
