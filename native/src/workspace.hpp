// Memory for the batch at hand, kept for the next one.
#pragma once

#include <cstdint>
#include <vector>

#include "memory.hpp"
#include "python.hpp"
#include "scorer.hpp"

namespace postagger {

/// Sentences of about a thousand tokens: few enough that what is known of them stays in the processor's cache,
/// and enough to look many words up at once.
struct Workspace {
    static constexpr std::size_t kTokens = 1024;

    /// A token of a subclass of str: the caller gets this very object back.
    struct OwnToken {
        std::size_t place;
        Ref token, exact;
    };

    std::vector<PyObject*> tokens;  // borrowed exact strings; only until Python is called
    std::vector<Py_hash_t> hashes;
    std::vector<OwnToken> own;
    std::vector<std::uint32_t> lengths;   // of all sentences
    std::vector<std::uint32_t> nonempty;  // of those with tokens
    std::vector<std::uint32_t> words;     // each token's word in the table
    std::vector<std::uint32_t> missing;   // tokens whose words are not in the table
    std::vector<std::uint32_t> rows, places;  // as in `Batch`
    AlignedArray<std::int32_t> tags;
    Buffers buffers;

    /// Starts a new batch; memory that an unusually large one took is given back.
    void clear() {
        if (tokens.capacity() > 64 * kTokens) *this = Workspace();
        tokens.clear();
        hashes.clear();
        own.clear();
        lengths.clear();
        missing.clear();
    }
};

}  // namespace postagger
