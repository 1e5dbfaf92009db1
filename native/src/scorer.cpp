#include "scorer.hpp"

#include <algorithm>
#include <cstring>

namespace postagger {

namespace portable {
const Kernels& table();
}
#if defined(POSTAGGER_X86)
namespace avx2 {
const Kernels& table();
}
namespace avx512 {
const Kernels& table();
}
#endif

const Kernels& kernels(Isa isa) {
#if defined(POSTAGGER_X86)
    if (isa == Isa::avx512) return avx512::table();
    if (isa == Isa::avx2) return avx2::table();
#else
    static_cast<void>(isa);
#endif
    return portable::table();
}

Outputs::Outputs(std::vector<int> counts) : counts_(std::move(counts)) {
    for (const int count : counts_) {
        firsts_.push_back(total_);
        lanes_.push_back({blocks_, blocks(count)});
        total_ += count;
        blocks_ += blocks(count);
    }
}

void Outputs::spread(const float* values, float* lanes) const {
    for (int h = 0; h < heads(); ++h) {
        std::memcpy(lanes + lane(h), values + first(h), sizeof(float) * count(h));
    }
}

void Outputs::gather(const float* lanes, float* values) const {
    for (int h = 0; h < heads(); ++h) {
        std::memcpy(values + first(h), lanes + lane(h), sizeof(float) * count(h));
    }
}

const float* const* WindowedScorer::row_of_places(const Batch& batch, Buffers& buffers) const {
    buffers.rows.at_least(batch.all_places);
    const float** rows = buffers.rows.data();
    for (std::size_t p = 0; p < batch.all_places; ++p) rows[p] = row(batch.rows[p]);
    return rows;
}

const float* const* WindowedScorer::row_of_windows(const Batch& batch, const std::uint32_t* which, int tokens,
                                                   Buffers& buffers) const {
    buffers.rows.at_least(batch.all_places);
    const float** rows = buffers.rows.data();
    for (int t = 0; t < tokens; ++t) {
        const std::size_t first = batch.places[which[t]] - left_;
        for (std::size_t p = first; p < first + delays_; ++p) rows[p] = row(batch.rows[p]);
    }
    return rows;
}

int WindowedScorer::tags(const Batch& batch, Buffers& buffers, std::int32_t* tags, std::size_t stride) const {
    tag_exactly(batch, nullptr, batch.tokens, buffers, tags, stride);
    return 0;
}

void WindowedScorer::tag_exactly(const Batch& batch, const std::uint32_t* which, int tokens, Buffers& buffers,
                                 std::int32_t* tags, std::size_t stride) const {
    const float* const* rows = which ? row_of_windows(batch, which, tokens, buffers) : row_of_places(batch, buffers);
    buffers.scores.at_least(static_cast<std::size_t>(kTokens) * outputs_.stride());
    float* scores = buffers.scores.data();
    std::uint32_t places[kTokens];
    std::int32_t best[kTokens];
    for (int first = 0; first < tokens; first += kTokens) {
        const int count = std::min(kTokens, tokens - first);
        for (int t = 0; t < count; ++t) places[t] = batch.places[which ? which[first + t] : first + t];
        score({rows, places, count, left_, delays_, units_}, buffers, scores);
        for (int h = 0; h < outputs_.heads(); ++h) {
            kernels_.argmax(scores + outputs_.lane(h), count, outputs_.stride(), outputs_.count(h), best);
            for (int t = 0; t < count; ++t) tags[h * stride + (which ? which[first + t] : first + t)] = best[t];
        }
    }
}

void WindowedScorer::scores(const Batch& batch, Buffers& buffers, float* scores) const {
    const float* const* rows = row_of_places(batch, buffers);
    buffers.scores.at_least(static_cast<std::size_t>(kTokens) * outputs_.stride());
    float* lanes = buffers.scores.data();
    for (int first = 0; first < batch.tokens; first += kTokens) {
        const int count = std::min(kTokens, batch.tokens - first);
        score({rows, batch.places + first, count, left_, delays_, units_}, buffers, lanes);
        for (int t = 0; t < count; ++t, scores += outputs_.total()) {
            outputs_.gather(lanes + static_cast<std::size_t>(t) * outputs_.stride(), scores);
        }
    }
}

}  // namespace postagger
