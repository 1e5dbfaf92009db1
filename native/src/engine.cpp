#include "engine.hpp"

#include <algorithm>
#include <cstring>

#include "arrays.hpp"
#include "prefetch.hpp"
#include "workspace.hpp"

namespace postagger {

namespace {

constexpr int kAlone = 64;    // batches of fewer tokens are computed faster than the lock is handed over
constexpr int kAhead = 8;     // tokens between a prefetch and the use of what was prefetched
constexpr std::uint32_t kFewestWords = 64;
constexpr std::size_t kMostLetters = std::size_t{1} << 25;  // bytes in all words of the table

[[noreturn]] void not_a_string(PyObject* token) {
    PyErr_Format(PyExc_TypeError, "a token must be a string, not %.80s", Py_TYPE(token)->tp_name);
    throw PythonError();
}

}  // namespace

/// A workspace, and a batch that the table knows of.
class Engine::InUse {
public:
    explicit InUse(Engine& engine) : engine_(engine) {
        if (engine_.unused_.empty()) {
            workspace_ = std::make_unique<Workspace>();
        } else {
            workspace_ = std::move(engine_.unused_.back());
            engine_.unused_.pop_back();
        }
        engine_.unused_.reserve(engine_.unused_.size() + 1);
    }
    ~InUse() {
        finish();
        workspace_->clear();
        if (engine_.unused_.size() < engine_.unused_.capacity()) engine_.unused_.push_back(std::move(workspace_));
    }

    void start() {
        finish();
        workspace_->clear();
        WordTable& table = engine_.table_;
        if (table.size() > engine_.most_) table.forget(engine_.most_ / 2);
        if (table.letters() > kMostLetters) table.forget((table.size() - WordTable::kSpecial) / 2);
        batch_ = engine_.table_.begin();
    }

    Workspace& operator*() { return *workspace_; }

private:
    void finish() {
        if (batch_) engine_.table_.end(batch_);
        batch_ = 0;
    }

    Engine& engine_;
    std::unique_ptr<Workspace> workspace_;
    std::uint64_t batch_ = 0;
};

Engine::Engine(Settings settings)
    : width_(settings.width),
      make_rows_(Ref::borrowed(settings.make_rows)),
      is_straight_quote_(Ref::borrowed(settings.is_straight_quote)),
      scorer_(std::move(settings.scorer)),
      encoder_(std::move(settings.encoder)),
      tags_(std::move(settings.tags)) {
    const std::size_t most = settings.largest / std::max<std::size_t>(scorer_->row_bytes(), 1);
    most_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(most, kFewestWords, UINT32_MAX / 4));
    add_special();
}

Engine::~Engine() = default;

int Engine::traverse(visitproc visit, void* arg) const {
    Py_VISIT(make_rows_.get());
    Py_VISIT(is_straight_quote_.get());
    return encoder_ ? encoder_->traverse(visit, arg) : 0;
}

void Engine::clear() {
    make_rows_ = Ref();
    is_straight_quote_ = Ref();
    if (encoder_) encoder_->clear();
}

/// Appends the tokens of a sentence to the batch, and checks their types.
void Engine::collect(Workspace& work, PyObject* const* tokens, Py_ssize_t count) {
    const std::size_t first = work.tokens.size();
    work.tokens.resize(first + count);
    work.hashes.resize(first + count);
    PyObject** to = work.tokens.data() + first;
    Py_hash_t* hashes = work.hashes.data() + first;
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (i + kAhead < count) {
            prefetch(tokens[i + kAhead]);
            prefetch(reinterpret_cast<const char*>(tokens[i + kAhead]) + 48);  // where the text begins
        }
        PyObject* token = tokens[i];
        if (!PyUnicode_CheckExact(token)) {
            if (!PyUnicode_Check(token)) not_a_string(token);
            Ref exact = Ref::checked(PyUnicode_FromObject(token));
            work.own.push_back({first + i, Ref::borrowed(token), std::move(exact)});
            token = work.own.back().exact.get();
        }
        to[i] = token;
        hashes[i] = hash_of(token);
        table_.prefetch_slot(hashes[i]);
    }
    work.lengths.push_back(static_cast<std::uint32_t>(count));
}

void Engine::collect_sentence(Workspace& work, PyObject* sentence) {
    if (PyList_Check(sentence)) {
        collect(work, reinterpret_cast<PyListObject*>(sentence)->ob_item, PyList_GET_SIZE(sentence));
    } else if (PyTuple_Check(sentence)) {
        collect(work, reinterpret_cast<PyTupleObject*>(sentence)->ob_item, PyTuple_GET_SIZE(sentence));
    } else {
        PyErr_Format(PyExc_TypeError, "a sentence must be a list or a tuple of strings, not %.80s",
                     Py_TYPE(sentence)->tp_name);
        throw PythonError();
    }
}

/// Finds the words of the tokens; returns whether all are in the table, and otherwise lists the missing ones.
bool Engine::look_up(Workspace& work) {
    const std::size_t count = work.tokens.size();
    work.words.resize(count);
    for (std::size_t i = 0; i < count; ++i) work.words[i] = table_.guess(work.hashes[i]);
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t word = work.words[i];
        if (!table_.is(word, work.tokens[i], work.hashes[i])) {
            word = work.words[i] = table_.find(work.tokens[i], work.hashes[i]);
            if (word == WordTable::kMissing) {
                const bool fits = PyUnicode_GET_LENGTH(work.tokens[i]) <= WordTable::kLongest;
                if (!fits) raise(PyExc_ValueError, "a token is too long");
                work.missing.push_back(static_cast<std::uint32_t>(i));
                continue;
            }
        }
        ++table_[word].uses;
    }
    return work.missing.empty();
}

/// Puts padding around the sentences, and opening and closing quotes in the place of straight ones.
void Engine::lay_out(Workspace& work) {
    const std::size_t padding = static_cast<std::size_t>(scorer_->padding());
    const std::size_t count = work.words.size();
    work.rows.assign(count + (work.lengths.size() + 1) * padding, WordTable::kPadding);
    work.places.resize(count);
    work.nonempty.clear();
    std::size_t token = 0, place = padding;
    for (const std::uint32_t length : work.lengths) {
        if (length == 0) continue;
        bool opening = true;
        for (std::uint32_t i = 0; i < length; ++i, ++token, ++place) {
            std::uint32_t row = work.words[token];
            if (table_[row].straight) {
                row = opening ? WordTable::kOpening : WordTable::kClosing;
                opening = !opening;
            }
            work.rows[place] = row;
            work.places[token] = static_cast<std::uint32_t>(place);
        }
        work.nonempty.push_back(length);
        place += padding;
    }
}

/// Looks up the words collected, adds the new ones, and lays them out. Args: `exact`, whether all rows must be there
/// in float32.
Batch Engine::prepare(Workspace& work, bool exact) {
    if (work.tokens.size() > INT32_MAX / 2) raise(PyExc_ValueError, "a sentence is too long");
    if (!look_up(work)) {
        if (encoder_) add_plain(work, exact);
        if (!work.missing.empty()) add_others(work);
    }
    lay_out(work);
    if (exact) {
        std::vector<std::uint32_t> lacking;
        for (const std::uint32_t number : work.rows) {
            if (scorer_->lacks(number)) lacking.push_back(number);
        }
        make_lacking(lacking);
    }
    if (scorer_->wants_all(table_.numbers(), table_.alone())) make_all();
    const bool quantised = scorer_->settle(table_.numbers(), table_.alone());
    return {work.rows.data(), work.rows.size(), work.places.data(), static_cast<int>(work.words.size()),
            work.nonempty.data(), static_cast<int>(work.nonempty.size()), quantised};
}

/// Tags a batch, most of it without Python's lock.
void Engine::compute_tags(const Batch& batch, Workspace& work, std::int32_t* tags, std::size_t stride) {
    if (!batch.tokens) return;
    int uncertain;
    {
        const WithoutLock unlocked(batch.tokens > kAlone);
        uncertain = scorer_->tags(batch, work.buffers, tags, stride);
    }
    if (!uncertain) return;
    std::vector<std::uint32_t> lacking;
    for (int i = 0; i < uncertain; ++i) {
        scorer_->depends_on(batch, work.buffers.uncertain[i], [&](std::uint32_t number) {
            if (scorer_->lacks(number)) lacking.push_back(number);
        });
    }
    make_lacking(lacking);
    scorer_->tag_uncertain(batch, uncertain, work.buffers, tags, stride);
}

Ref Engine::tag(PyObject* given) {
    if (!PyList_Check(given) && !PyTuple_Check(given)) {
        raise(PyExc_TypeError, "expected a list of sentences");
    }
    // A copy: while this thread computes, others may change the list.
    const Ref sentences = Ref::checked(PySequence_List(given));
    const Py_ssize_t count = PyList_GET_SIZE(sentences.get());
    Ref result = Ref::checked(PyList_New(count));
    PyObject_GC_UnTrack(result.get());  // others could find it by the collector while parts are missing
    InUse use(*this);
    for (Py_ssize_t s = 0; s < count;) {
        use.start();
        Workspace& work = *use;
        const Py_ssize_t first = s;
        while (s < count && work.tokens.size() < Workspace::kTokens && work.lengths.size() < Workspace::kTokens) {
            collect_sentence(work, PyList_GET_ITEM(sentences.get(), s++));
        }
        const Batch batch = prepare(work);
        const auto stride = static_cast<std::size_t>(batch.tokens);
        work.tags.at_least(stride * scorer_->outputs().heads() + 1);
        compute_tags(batch, work, work.tags.data(), stride);
        answer(work, result.get(), first, stride);
    }
    PyObject_GC_Track(result.get());
    return result;
}

/// Makes the lists of (token, tag) of a batch.
void Engine::answer(Workspace& work, PyObject* sentences, Py_ssize_t first, std::size_t count) {
    const std::uint32_t* words = work.words.data();
    const std::int32_t* tags = work.tags.data();
    std::size_t token = 0;
    auto own = work.own.begin();
    std::size_t next_own = own == work.own.end() ? count : own->place;
    for (const std::uint32_t length : work.lengths) {
        Ref sentence = Ref::checked(PyList_New(length));
        PyObject** items = reinterpret_cast<PyListObject*>(sentence.get())->ob_item;
        for (std::uint32_t i = 0; i < length; ++i, ++token) {
            if (token + kAhead < count) prefetch(table_[words[token + kAhead]].pair);
            const std::int32_t tag = tags[token];
            if (token == next_own) {
                items[i] = Ref::checked(PyTuple_Pack(2, own->token.get(), tags_[0][tag].get())).release();
                next_own = ++own == work.own.end() ? count : own->place;
                continue;
            }
            const Word& word = table_[words[token]];
            PyObject* pair =
                word.tag == tag ? word.pair : table_.pair(words[token], tag, tags_[0][tag].get());
            Py_INCREF(pair);
            items[i] = pair;
        }
        PyList_SET_ITEM(sentences, first++, sentence.release());
    }
}

/// Prepares the sentences of a flat list of words in batches; `compute` gets each and its first token's number.
template <class Compute>
void Engine::for_each_batch(PyObject* words, const std::vector<std::uint32_t>& lengths, bool exact, Compute compute) {
    PyObject* const* tokens = reinterpret_cast<PyListObject*>(words)->ob_item;
    InUse use(*this);
    std::size_t token = 0;
    for (std::size_t s = 0; s < lengths.size();) {
        use.start();
        Workspace& work = *use;
        const std::size_t first = token;
        while (s < lengths.size() && work.tokens.size() < Workspace::kTokens &&
               work.lengths.size() < Workspace::kTokens) {
            collect(work, tokens + token, lengths[s]);
            token += lengths[s++];
        }
        const Batch batch = prepare(work, exact);
        if (batch.tokens) compute(batch, work, first);
    }
}

void Engine::tags(PyObject* words, const std::vector<std::uint32_t>& lengths, std::int32_t* tags) {
    const auto total = static_cast<std::size_t>(PyList_GET_SIZE(words));
    for_each_batch(words, lengths, false, [&](const Batch& batch, Workspace& work, std::size_t first) {
        compute_tags(batch, work, tags + first, total);
    });
}

void Engine::scores(PyObject* words, const std::vector<std::uint32_t>& lengths, float* scores) {
    for_each_batch(words, lengths, true, [&](const Batch& batch, Workspace& work, std::size_t first) {
        const WithoutLock unlocked(batch.tokens > kAlone);
        scorer_->scores(batch, work.buffers, scores + first * scorer_->outputs().total());
    });
}

}  // namespace postagger
