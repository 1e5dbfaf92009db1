#include "recurrent.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "recurrent_kernel.hpp"

namespace postagger {

namespace {

constexpr std::align_val_t cache_line{64};

// Scratch memory beyond this many bytes is given back after each call.
constexpr size_t most_scratch = size_t{64} << 20;

RecurrentKernel* make_kernel(const RecurrentWeights& weights, Arithmetic arithmetic, Isa isa) {
#if defined(__x86_64__) || defined(_M_X64)
    switch (isa) {
        case Isa::avx512: return avx512::make_recurrent(weights, arithmetic);
        case Isa::avx2: return avx2::make_recurrent(weights, arithmetic);
        case Isa::portable: break;
    }
#else
    static_cast<void>(isa);
#endif
    return portable::make_recurrent(weights, arithmetic);
}

// The batch's sentences, longest first, without empty ones.
std::vector<Sentence> by_length(const RecurrentBatch& batch) {
    std::vector<Sentence> sentences;
    sentences.reserve(batch.sentences);
    int64_t start = 0;
    for (size_t i = 0; i < batch.sentences; ++i) {
        if (batch.lengths[i] > 0) sentences.push_back({start, batch.lengths[i]});
        start += batch.lengths[i];
    }
    std::stable_sort(sentences.begin(), sentences.end(),
                     [](const Sentence& a, const Sentence& b) { return a.length > b.length; });
    return sentences;
}

size_t size_of(const Scratch& scratch) {
    return scratch.rows.size() + scratch.input_gates.size() + scratch.states[0].size() +
           scratch.states[1].size() + scratch.memory.size() + scratch.scores.size();
}

// Computes the scores of all sentences and hands each sentence's to use(sentence, scores).
template <class Use>
void for_each_sentence(const RecurrentKernel& kernel, const float* const* rows,
                       const std::vector<Sentence>& sentences, Use use) {
    static thread_local Scratch scratch;
    for (size_t first = 0; first < sentences.size(); first += most_sentences) {
        const size_t last = std::min(first + most_sentences, sentences.size());
        SentenceGroup group{rows, &sentences[first], static_cast<int>(last - first), 0};
        for (size_t i = first; i < last; ++i) group.tokens += sentences[i].length;
        const float* scores = kernel.scores(group, scratch);
        for (size_t i = first; i < last; ++i) {
            use(sentences[i], scores);
            scores += sentences[i].length * kernel.stride();
        }
    }
    if (size_of(scratch) > most_scratch) scratch = Scratch();
}

}  // namespace

Memory::Memory(size_t bytes) : start_(::operator new(bytes, cache_line)), size_(bytes) {}

Memory::~Memory() { ::operator delete(start_, cache_line); }

Memory::Memory(Memory&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    return *this;
}

void* Memory::reserve(size_t bytes) {
    if (bytes > size_) {
        *this = Memory();  // free the old memory first
        *this = Memory(bytes);
    }
    return start_;
}

RecurrentKernel::~RecurrentKernel() = default;

Recurrent::Recurrent(const RecurrentWeights& weights, Precision precision, Isa isa)
    : outputs_(weights.outputs) {
    if (precision == Precision::int8) fast_.reset(make_kernel(weights, Arithmetic::int8, isa));
    if (!fast_ && weights.kind != RecurrentKind::rnn) fast_.reset(make_kernel(weights, Arithmetic::int16, isa));
    if (precision == Precision::float32 || !fast_)
        exact_.reset(make_kernel(weights, Arithmetic::float32, isa));
}

Recurrent::~Recurrent() = default;

void Recurrent::scores(const RecurrentBatch& batch, float* out) const {
    const RecurrentKernel& kernel = exact_ ? *exact_ : *fast_;
    const size_t outputs = outputs_, stride = kernel.stride();
    const auto copy = [=](const Sentence& sentence, const float* scores) {
        for (int64_t i = 0; i < sentence.length; ++i)
            std::memcpy(out + (sentence.start + i) * outputs, scores + i * stride, outputs * sizeof(float));
    };
    for_each_sentence(kernel, batch.rows, by_length(batch), copy);
}

size_t Recurrent::tags(const RecurrentBatch& batch, const int* sizes, int heads, int32_t* out) const {
    std::vector<Sentence> sentences = by_length(batch), unsure;
    const auto tag_with = [&](const RecurrentKernel& kernel) {
        for_each_sentence(kernel, batch.rows, sentences, [&](const Sentence& sentence, const float* scores) {
            int32_t* tags = out + sentence.start * heads;
            if (!kernel.pick(scores, sentence.length, {sizes, heads}, tags)) unsure.push_back(sentence);
        });
    };
    if (!fast_) {
        tag_with(*exact_);
        return 0;
    }
    tag_with(*fast_);
    if (!exact_) return 0;
    sentences.swap(unsure);
    const size_t again = sentences.size();
    tag_with(*exact_);
    return again;
}

}  // namespace postagger
