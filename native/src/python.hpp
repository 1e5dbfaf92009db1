// Python's objects in C++: owned references, errors, the global lock.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace postagger {

/// Thrown where a Python exception has been set.
struct PythonError {};

/// An owned reference, or none.
class Ref {
public:
    Ref() = default;
    explicit Ref(PyObject* owned) : object_(owned) {}
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref&& other) noexcept {
        Ref(std::move(other)).swap(*this);
        return *this;
    }
    ~Ref() { Py_XDECREF(object_); }

    static Ref borrowed(PyObject* object) {
        Py_XINCREF(object);
        return Ref(object);
    }
    /// Takes a new reference, as Python's functions return it; throws if it is null.
    static Ref checked(PyObject* owned) {
        if (!owned) throw PythonError();
        return Ref(owned);
    }

    PyObject* get() const { return object_; }
    PyObject* release() { return std::exchange(object_, nullptr); }
    explicit operator bool() const { return object_ != nullptr; }
    void swap(Ref& other) noexcept { std::swap(object_, other.object_); }

private:
    PyObject* object_ = nullptr;
};

/// Lets other threads run Python while this one computes, if that takes long enough to be worth it.
class WithoutLock {
public:
    explicit WithoutLock(bool wanted) : state_(wanted ? PyEval_SaveThread() : nullptr) {}
    ~WithoutLock() {
        if (state_) PyEval_RestoreThread(state_);
    }
    WithoutLock(const WithoutLock&) = delete;
    WithoutLock& operator=(const WithoutLock&) = delete;

private:
    PyThreadState* state_;
};

}  // namespace postagger
