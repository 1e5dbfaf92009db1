#include "characters.hpp"

#include "arrays.hpp"

namespace postagger {

Characters::Characters() {
    for (int code = 0; code < 128; ++code) {
        const char c = static_cast<char>(code);
        const bool upper = c >= 'A' && c <= 'Z', small = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
        ascii_[code] = {true, digit, std::string(1, c), std::string(1, upper ? static_cast<char>(c + 32) : c),
                        std::string(1, upper ? 'X' : small ? 'x' : digit ? 'd' : c)};
    }
}

void Characters::learn(PyObject* string) {
    const int kind = PyUnicode_KIND(string);
    const void* data = PyUnicode_DATA(string);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    for (Py_ssize_t i = 0; i < length; ++i) {
        const std::uint32_t code = PyUnicode_READ(kind, data, i);
        if (code >= 128 && !others_.count(code)) {
            Character character = answer(code);  // meanwhile another thread may have got the same answer
            others_.emplace(code, std::move(character));
        }
    }
}

Character Characters::answer(std::uint32_t code) const {
    if (!ask_) raise(PyExc_RuntimeError, "the kernel has been cleared");
    const Ref number = Ref::checked(PyLong_FromUnsignedLong(code));
    const Ref found = Ref::checked(PyObject_CallOneArg(ask_.get(), number.get()));
    if (!PyTuple_Check(found.get()) || PyTuple_GET_SIZE(found.get()) != 5) {
        raise(PyExc_TypeError, "char_info must return (simple, form, lower, symbol, digit)");
    }
    const auto item = [&](int i) { return PyTuple_GET_ITEM(found.get(), i); };
    const int simple = PyObject_IsTrue(item(0)), digit = PyObject_IsTrue(item(4));
    if (simple < 0 || digit < 0) throw PythonError();
    Character character{simple != 0, digit != 0, text_of(item(1)), text_of(item(2)), text_of(item(3))};
    // Affixes and shapes are counted in characters, so each of these must be one.
    for (PyObject* part : {item(1), item(2), item(3)}) character.simple &= PyUnicode_GET_LENGTH(part) == 1;
    return character;
}

}  // namespace postagger
