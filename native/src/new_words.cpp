// The part of the engine that adds words to the table.
#include <algorithm>

#include "arrays.hpp"
#include "engine.hpp"
#include "workspace.hpp"

namespace postagger {

namespace {

bool is_quote(PyObject* form) { return PyUnicode_GET_LENGTH(form) == 1 && PyUnicode_READ_CHAR(form, 0) == '"'; }

}  // namespace

/// Sets the rows of padding and of the two quotes in the place of straight ones.
void Engine::add_special() {
    const Ref quotes = Ref::checked(Py_BuildValue("[ss]", "``", "''"));
    const Ref rows = make_rows(quotes.get());
    const ArrayView view(rows.get(), 'f', "make_rows' result");
    scorer_->reserve(WordTable::kSpecial);
    if (encoder_) encoder_->encode(reinterpret_cast<PyListObject*>(quotes.get())->ob_item, 2);
    for (std::uint32_t n = 0; n < WordTable::kSpecial; ++n) {
        float* row = scorer_->new_row(n, true);
        if (encoder_ && n != WordTable::kPadding) {  // the row that the same quote has as a word of its own
            encoder_->write(n - WordTable::kOpening, row);
        } else {
            std::copy_n(view.floats() + static_cast<std::size_t>(n) * width_, width_, row);
        }
        scorer_->set_row(n);
    }
}

/// Asks Python for words' rows, and checks their shape.
Ref Engine::make_rows(PyObject* words) {
    if (!make_rows_) raise(PyExc_RuntimeError, "the kernel has been cleared");
    Ref rows = Ref::checked(PyObject_CallOneArg(make_rows_.get(), words));
    const ArrayView view(rows.get(), 'f', "make_rows' result");
    if (view.dimensions() != 2 || view.size(0) != 1 + PyList_GET_SIZE(words) || view.size(1) != width_) {
        raise(PyExc_ValueError, "make_rows must return (1 + words, width) numbers");
    }
    return rows;
}

bool Engine::is_straight(PyObject* word) {
    if (PyUnicode_IS_ASCII(word)) return is_quote(word);
    if (!is_straight_quote_) raise(PyExc_RuntimeError, "the kernel has been cleared");
    const Ref answer = Ref::checked(PyObject_CallOneArg(is_straight_quote_.get(), word));
    const int truth = PyObject_IsTrue(answer.get());
    if (truth < 0) throw PythonError();
    return truth;
}

/// Adds the missing words that need nothing from Python; `missing` keeps the others. Args: `keep`, whether
/// their rows have to be there in float32.
void Engine::add_plain(Workspace& work, bool keep) {
    std::size_t slots = 16;
    while (slots < 2 * work.missing.size()) slots *= 2;
    std::vector<std::uint32_t> seen(slots, UINT32_MAX);  // tokens with distinct words
    std::vector<NewWord> words;
    std::vector<std::uint32_t> others;
    for (const std::uint32_t i : work.missing) {
        if (!Encoder::is_plain(work.tokens[i])) {
            others.push_back(i);
            continue;
        }
        std::size_t slot = static_cast<std::size_t>(work.hashes[i]) & (slots - 1);
        while (seen[slot] != UINT32_MAX && (work.hashes[seen[slot]] != work.hashes[i] ||
                                            PyUnicode_Compare(work.tokens[seen[slot]], work.tokens[i]) != 0)) {
            slot = (slot + 1) & (slots - 1);
        }
        if (seen[slot] != UINT32_MAX) continue;
        seen[slot] = i;
        words.push_back({work.tokens[i], work.tokens[i]});
    }
    add_encoded(words, keep);
    for (const std::uint32_t i : work.missing) {
        if (!Encoder::is_plain(work.tokens[i])) continue;
        work.words[i] = table_.find(work.tokens[i], work.hashes[i]);
        ++table_[work.words[i]].uses;
    }
    work.missing.swap(others);
}

/// Adds distinct words, none of them in the table. Nothing here calls Python. Args: `keep`, as for
/// `Scorer::new_row`; rows that are not kept must be those of plain words.
void Engine::add_encoded(const std::vector<NewWord>& words, bool keep) {
    scorer_->reserve(table_.reserve(words.size()));
    PyObject* forms[Encoder::kAtOnce];
    for (std::size_t first = 0; first < words.size(); first += Encoder::kAtOnce) {
        const std::size_t count = std::min(Encoder::kAtOnce, words.size() - first);
        for (std::size_t w = 0; w < count; ++w) forms[w] = words[first + w].form;
        encoder_->encode(forms, count);
        for (std::size_t w = 0; w < count; ++w) {
            PyObject* word = words[first + w].word;
            encoder_->write(w, scorer_->new_row(table_.upcoming(), keep));
            const std::uint32_t number = table_.insert(word, hash_of(word));
            table_[number].straight = is_quote(forms[w]);
            scorer_->set_row(number);
        }
    }
}

/// Makes the rows of plain words once more, to keep them in float32.
void Engine::make_lacking(std::vector<std::uint32_t>& numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    PyObject* forms[Encoder::kAtOnce];
    for (std::size_t first = 0; first < numbers.size(); first += Encoder::kAtOnce) {
        const std::size_t count = std::min(Encoder::kAtOnce, numbers.size() - first);
        for (std::size_t w = 0; w < count; ++w) forms[w] = table_[numbers[first + w]].string;
        encoder_->encode(forms, count);
        for (std::size_t w = 0; w < count; ++w) {
            encoder_->write(w, scorer_->lacking_row(numbers[first + w]));
            scorer_->set_lacking(numbers[first + w]);
        }
    }
}

/// Makes the rows of all words that lack theirs.
void Engine::make_all() {
    std::vector<std::uint32_t> lacking;
    for (std::uint32_t n = WordTable::kSpecial; n < table_.numbers(); ++n) {
        if (table_[n].string && scorer_->lacks(n)) lacking.push_back(n);
    }
    make_lacking(lacking);
}

/// Adds the missing words about which Python has to be asked.
void Engine::add_others(Workspace& work) {
    std::vector<Ref> tokens;  // those in `work` may be gone once Python has run
    for (const std::uint32_t i : work.missing) tokens.push_back(Ref::borrowed(work.tokens[i]));
    const Ref distinct = Ref::checked(PyDict_New());
    for (const Ref& token : tokens) {
        if (PyDict_SetItem(distinct.get(), token.get(), Py_None) < 0) throw PythonError();
    }
    const Ref words = Ref::checked(PyDict_Keys(distinct.get()));
    const Ref unusual = Ref::checked(PyList_New(0));
    std::vector<Ref> forms;
    std::vector<NewWord> encoded;
    for (Py_ssize_t w = 0; w < PyList_GET_SIZE(words.get()); ++w) {
        PyObject* word = PyList_GET_ITEM(words.get(), w);
        Ref form = encoder_ ? encoder_->form(word) : Ref();
        if (form) {
            encoded.push_back({word, form.get()});
            forms.push_back(std::move(form));
        } else if (PyList_Append(unusual.get(), word) < 0) {
            throw PythonError();
        }
    }
    // The rows live to the end: freeing them may let in a thread that forgets the words before they are found.
    const Ref rows = PyList_GET_SIZE(unusual.get()) ? add_made(unusual.get()) : Ref();
    // Other threads may have added some of the words while Python ran.
    const auto known = [&](const NewWord& word) {
        return table_.find(word.word, hash_of(word.word)) != WordTable::kMissing;
    };
    encoded.erase(std::remove_if(encoded.begin(), encoded.end(), known), encoded.end());
    if (!encoded.empty()) add_encoded(encoded, true);
    for (std::size_t m = 0; m < tokens.size(); ++m) {
        const std::uint32_t word = table_.find(tokens[m].get(), hash_of(tokens[m].get()));
        work.words[work.missing[m]] = word;
        ++table_[word].uses;
    }
}

/// Adds words with rows that Python makes; returns these. Nothing calls Python after the first word is added.
Ref Engine::add_made(PyObject* words) {
    const Py_ssize_t count = PyList_GET_SIZE(words);
    std::vector<char> straight(static_cast<std::size_t>(count));
    for (Py_ssize_t w = 0; w < count; ++w) straight[w] = is_straight(PyList_GET_ITEM(words, w));
    Ref rows = make_rows(words);
    const ArrayView view(rows.get(), 'f', "make_rows' result");
    scorer_->reserve(table_.reserve(static_cast<std::size_t>(count)));
    for (Py_ssize_t w = 0; w < count; ++w) {
        PyObject* word = PyList_GET_ITEM(words, w);
        const Py_hash_t hash = hash_of(word);
        if (table_.find(word, hash) != WordTable::kMissing) continue;
        const std::uint32_t number = table_.insert(word, hash);
        table_[number].straight = straight[w];
        std::copy_n(view.floats() + (static_cast<std::size_t>(w) + 1) * width_, width_,
                    scorer_->new_row(number, true));
        scorer_->set_row(number);
    }
    return rows;
}

}  // namespace postagger
