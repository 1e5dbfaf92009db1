#include "arrays.hpp"

namespace postagger {

void raise(PyObject* kind, const std::string& message) {
    PyErr_SetString(kind, message.c_str());
    throw PythonError();
}

ArrayView::ArrayView(PyObject* object, char kind, const char* what) {
    if (PyObject_GetBuffer(object, &buffer_, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) throw PythonError();
    const char* format = buffer_.format ? buffer_.format : "B";
    if (*format == '@' || *format == '=' || *format == '<') ++format;
    const bool fits = kind == 'i' ? (*format == 'l' || *format == 'q') && buffer_.itemsize == 8
                                  : *format == kind && buffer_.itemsize == (kind == 'f' ? 4 : 2);
    if (!fits || reinterpret_cast<std::uintptr_t>(buffer_.buf) % buffer_.itemsize) {
        PyBuffer_Release(&buffer_);
        raise(PyExc_TypeError, std::string(what) + " must be a contiguous and aligned array of " +
                                   (kind == 'f' ? "float32" : kind == 'e' ? "float16" : "int64"));
    }
}

FloatArray float_array(PyObject* object, int axes, const char* what) {
    const ArrayView view(object, 'f', what);
    if (view.dimensions() != axes) raise(PyExc_ValueError, std::string(what) + " has the wrong number of axes");
    const Py_ssize_t rows = view.size(0), columns = axes == 2 ? view.size(1) : 1;
    if (rows > INT32_MAX || columns > INT32_MAX) raise(PyExc_ValueError, std::string(what) + " is too large");
    return {static_cast<int>(rows), static_cast<int>(columns),
            std::vector<float>(view.floats(), view.floats() + rows * columns)};
}

PyObject* entry(PyObject* dictionary, const char* key) {
    if (!PyDict_Check(dictionary)) raise(PyExc_TypeError, "expected a dictionary");
    const Ref name = Ref::checked(PyUnicode_FromString(key));
    PyObject* value = PyDict_GetItemWithError(dictionary, name.get());
    if (!value && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, name.get());
    if (!value) throw PythonError();
    return value;
}

int int_entry(PyObject* dictionary, const char* key, int least, int most) {
    const long value = PyLong_AsLong(entry(dictionary, key));
    if (value == -1 && PyErr_Occurred()) throw PythonError();
    if (value < least || value > most) raise(PyExc_ValueError, std::string(key) + " is out of range");
    return static_cast<int>(value);
}

bool bool_entry(PyObject* dictionary, const char* key) {
    const int value = PyObject_IsTrue(entry(dictionary, key));
    if (value < 0) throw PythonError();
    return value;
}

void append_utf8(std::string& text, std::uint32_t c) {
    const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += static_cast<char>(0xc0 | c >> 6);
        tail(0);
    } else if (c < 0x10000) {
        text += static_cast<char>(0xe0 | c >> 12);
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xf0 | c >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string text_of(PyObject* string) {
    if (!PyUnicode_Check(string)) raise(PyExc_TypeError, "expected a string");
    const Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    const int kind = PyUnicode_KIND(string);
    const void* data = PyUnicode_DATA(string);
    std::string text;
    text.reserve(static_cast<std::size_t>(length));
    for (Py_ssize_t i = 0; i < length; ++i) append_utf8(text, PyUnicode_READ(kind, data, i));
    return text;
}

}  // namespace postagger
