// What recurrent.cpp and the kernels, which are compiled once for each instruction set, know of each other.
//
// The kernels see no standard containers: two object files that instantiate the same template share its
// code, and the linker may keep the version whose instructions the processor lacks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "recurrent.hpp"

namespace postagger {

// The type of the weights and states in products.
enum class Arithmetic { float32, int16, int8 };

// Memory that starts at a cache line's beginning.
class Memory {
public:
    Memory() = default;
    explicit Memory(size_t bytes);
    ~Memory();
    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&& other) noexcept;

    // Returns at least this much memory. What it held before is lost if it has to grow.
    void* reserve(size_t bytes);

    void* get() const { return start_; }
    size_t size() const { return size_; }

private:
    void* start_ = nullptr;
    size_t size_ = 0;
};

// A thread's work space.
struct Scratch {
    Memory rows, input_gates, states[2], memory, scores;
};

// Sentences that take their steps together: enough to make loading the weights cheap, few enough that
// their states stay in the fastest cache.
constexpr int most_sentences = 48;

// Where a sentence starts in the batch, and its number of tokens.
struct Sentence {
    int64_t start, length;
};

// Sentences that go through the network together, longest first.
struct SentenceGroup {
    const float* const* rows;  // of the whole batch
    const Sentence* sentences;
    int count;       // most_sentences or fewer
    int64_t tokens;  // of the group
};

// The sizes of the heads and their number.
struct Heads {
    const int* sizes;
    int count;
};

// A network in one arithmetic.
class RecurrentKernel {
public:
    virtual ~RecurrentKernel();

    // Computes the scores of the group's tokens, sentence after sentence: (tokens, stride()). They are in
    // the scratch memory.
    virtual const float* scores(const SentenceGroup& group, Scratch& scratch) const = 0;

    // The outputs' number, rounded up to whole registers.
    virtual int stride() const = 0;

    // Finds the best tags of some tokens from their scores: (tokens, heads). Returns whether each of them
    // is better than the others by more than the error that scores may have.
    virtual bool pick(const float* scores, int64_t tokens, Heads heads, int32_t* tags) const = 0;
};

// Each returns null if its instruction set has no such arithmetic.
#define POSTAGGER_DECLARE_KERNEL(isa)                                                         \
    namespace isa {                                                                           \
    RecurrentKernel* make_recurrent(const RecurrentWeights& weights, Arithmetic arithmetic);  \
    }
POSTAGGER_DECLARE_KERNEL(portable)
POSTAGGER_DECLARE_KERNEL(avx2)
POSTAGGER_DECLARE_KERNEL(avx512)
#undef POSTAGGER_DECLARE_KERNEL

}  // namespace postagger
