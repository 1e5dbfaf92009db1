// Tags Python's sentences: looks words up, computes, makes the answers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "encoder.hpp"
#include "python.hpp"
#include "scorer.hpp"
#include "word_table.hpp"

namespace postagger {

struct Workspace;

/// Everything that a `Kernel` is, for any number of threads.
///
/// All but the arithmetic holds Python's lock, so the table needs none of its own. Whatever calls Python may let
/// other threads in: it happens only where nothing is half done.
class Engine {
public:
    struct Settings {
        int width;                                // numbers in a row
        PyObject *make_rows, *is_straight_quote;  // borrowed
        std::unique_ptr<Scorer> scorer;
        std::unique_ptr<Encoder> encoder;         // or null
        std::vector<std::vector<Ref>> tags;       // of each head
        std::size_t largest;                      // bytes of rows
    };

    explicit Engine(Settings settings);
    ~Engine();

    /// [[str]] to [[(str, str)]].
    Ref tag(PyObject* sentences);

    /// Computes each token's tag for each head: (heads, tokens).
    ///
    /// Args: `words`, a list that nobody else changes; `lengths` of sentences, which add up to its size.
    void tags(PyObject* words, const std::vector<std::uint32_t>& lengths, std::int32_t* tags);

    /// Computes each token's scores: (tokens, outputs). Args: as for `tags`.
    void scores(PyObject* words, const std::vector<std::uint32_t>& lengths, float* scores);

    std::size_t size() const { return table_.size(); }
    std::size_t nbytes() const { return scorer_->bytes(table_.size()); }
    const Scorer& scorer() const { return *scorer_; }

    int traverse(visitproc visit, void* arg) const;
    void clear();

private:
    class InUse;

    /// A word to add, and its form, which the encoder encodes. Borrowed.
    struct NewWord {
        PyObject *word, *form;
    };

    void collect(Workspace&, PyObject* const* tokens, Py_ssize_t count);
    void collect_sentence(Workspace&, PyObject* sentence);
    bool look_up(Workspace&);
    void add_plain(Workspace&, bool keep);
    void add_others(Workspace&);
    void add_encoded(const std::vector<NewWord>& words, bool keep);
    void make_lacking(std::vector<std::uint32_t>& numbers);
    void make_all();
    void compute_tags(const Batch&, Workspace&, std::int32_t* tags, std::size_t stride);
    Ref add_made(PyObject* words);
    void add_special();
    Ref make_rows(PyObject* words);
    bool is_straight(PyObject* word);
    void lay_out(Workspace&);
    Batch prepare(Workspace&, bool exact = false);
    void answer(Workspace&, PyObject* sentences, Py_ssize_t first, std::size_t stride);
    template <class Compute>
    void for_each_batch(PyObject* words, const std::vector<std::uint32_t>& lengths, bool exact, Compute compute);

    int width_;
    Ref make_rows_, is_straight_quote_;
    std::unique_ptr<Scorer> scorer_;
    std::unique_ptr<Encoder> encoder_;
    std::vector<std::vector<Ref>> tags_;
    std::uint32_t most_;  // words in the table before some are forgotten
    WordTable table_;
    std::vector<std::unique_ptr<Workspace>> unused_;
};

}  // namespace postagger
