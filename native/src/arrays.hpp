// Arguments from Python: arrays of float32 and of whole numbers, lists of strings, entries of dictionaries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "python.hpp"

namespace postagger {

/// A contiguous array, read through the buffer protocol for as long as this exists.
class ArrayView {
public:
    /// Throws TypeError if `object` is no contiguous array of `kind` ('f': float32, 'e': float16, 'i': int64).
    ArrayView(PyObject* object, char kind, const char* what);
    ~ArrayView() { PyBuffer_Release(&buffer_); }
    ArrayView(const ArrayView&) = delete;
    ArrayView& operator=(const ArrayView&) = delete;

    int dimensions() const { return buffer_.ndim; }
    Py_ssize_t size(int axis) const { return buffer_.shape[axis]; }
    const float* floats() const { return static_cast<const float*>(buffer_.buf); }
    const std::uint16_t* halves() const { return static_cast<const std::uint16_t*>(buffer_.buf); }
    const std::int64_t* integers() const { return static_cast<const std::int64_t*>(buffer_.buf); }

private:
    Py_buffer buffer_;
};

/// A float32 array whose shape is checked; `columns` is -1 for one axis, 0 for any number.
struct FloatArray {
    int rows, columns;
    std::vector<float> values;
};
FloatArray float_array(PyObject* object, int axes, const char* what);

/// An entry of a dictionary; throws KeyError if there is none. Borrowed.
PyObject* entry(PyObject* dictionary, const char* key);
int int_entry(PyObject* dictionary, const char* key, int least, int most);
bool bool_entry(PyObject* dictionary, const char* key);

/// A string's text in UTF-8, in which surrogates are encoded as other characters are.
std::string text_of(PyObject* string);

/// Appends a character in UTF-8.
void append_utf8(std::string& text, std::uint32_t character);

[[noreturn]] void raise(PyObject* kind, const std::string& message);

}  // namespace postagger
