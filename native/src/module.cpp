// The Python type `Kernel`.
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "cpu.hpp"
#include "engine.hpp"
#include "logistic.hpp"
#include "python.hpp"
#include "recurrent_scorer.hpp"
#include "window.hpp"

namespace postagger {

namespace {

struct KernelObject {
    PyObject_HEAD
    Engine* engine;
    Isa isa;
};

Engine& engine_of(PyObject* self) { return *reinterpret_cast<KernelObject*>(self)->engine; }

/// Calls a function that throws, and sets Python's exception if it does.
template <class Function, class Result>
Result guarded(Function function, Result failure) noexcept {
    try {
        return function();
    } catch (const PythonError&) {
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return failure;
}

Isa chosen_isa(const char* name) {
    const Isa best = best_isa();
    if (!std::strcmp(name, "auto")) return best;
    for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
        if (std::strcmp(name, isa_name(isa))) continue;
        if (isa > best) raise(PyExc_ValueError, std::string("this processor has no ") + name);
        return isa;
    }
    raise(PyExc_ValueError, std::string("isa must be auto, portable, avx2 or avx512, not ") + name);
}

Activation chosen_activation(PyObject* name) {
    static constexpr const char* names[] = {"none", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"};
    for (int a = 0; a < 8; ++a) {
        if (PyUnicode_Check(name) && !PyUnicode_CompareWithASCIIString(name, names[a])) {
            return static_cast<Activation>(a);
        }
    }
    raise(PyExc_ValueError, "unknown activation");
}

DenseLayer dense_layer(PyObject* pair, const char* what, int inputs) {
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
        raise(PyExc_TypeError, std::string(what) + " must be a tuple of weight and bias");
    }
    FloatArray weight = float_array(PyTuple_GET_ITEM(pair, 0), 2, what);
    FloatArray bias = float_array(PyTuple_GET_ITEM(pair, 1), 1, what);
    if (weight.columns != inputs || weight.rows != bias.rows) {
        raise(PyExc_ValueError, std::string(what) + " does not fit the layer before it");
    }
    return {weight.columns, weight.rows, std::move(weight.values), std::move(bias.values)};
}

std::unique_ptr<Scorer> window(PyObject* layers, int width, Outputs outputs, const Kernels& kernels,
                               Precision precision) {
    const int left = int_entry(layers, "left", 0, 1000), right = int_entry(layers, "right", 0, 1000);
    const int units = width / (left + 1 + right);
    if (units < 1 || units * (left + 1 + right) != width) {
        raise(PyExc_ValueError, "width is not a multiple of the places in the window");
    }
    std::vector<DenseLayer> dense;
    PyObject* hidden = entry(layers, "hidden");
    if (!PyList_Check(hidden)) raise(PyExc_TypeError, "hidden must be a list of layers");
    int inputs = units;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(hidden); ++i) {
        dense.push_back(dense_layer(PyList_GET_ITEM(hidden, i), "a hidden layer", inputs));
        inputs = dense.back().outputs;
    }
    dense.push_back(dense_layer(entry(layers, "output"), "the output layer", inputs));
    if (dense.back().outputs != outputs.total()) {
        raise(PyExc_ValueError, "the output layer has not one output for each tag");
    }
    const Activation activation = chosen_activation(entry(layers, "activation"));
    return std::make_unique<Window>(std::move(outputs), kernels, left, right, units, activation, dense,
                                    precision == Precision::float32);
}

std::unique_ptr<Scorer> logistic(PyObject* layers, int width, Outputs outputs, const Kernels& kernels) {
    const int left = int_entry(layers, "left", 0, 1000), right = int_entry(layers, "right", 0, 1000);
    if (width != outputs.total() * (left + 1 + right)) {
        raise(PyExc_ValueError, "width is not the number of tags times that of places in the window");
    }
    return std::make_unique<Logistic>(std::move(outputs), kernels, left, right);
}

/// Reads the layers of a recurrent network: `parts` is a list of layers, each a list of its directions, each a
/// dictionary; `output` is weight and bias.
std::unique_ptr<Scorer> recurrent(PyObject* layers, const std::string& kind, int width, Outputs outputs,
                                  const Kernels& kernels, Precision precision, Isa isa) {
    const RecurrentKind type = kind == "lstm"  ? RecurrentKind::lstm
                               : kind == "gru" ? RecurrentKind::gru
                                               : RecurrentKind::rnn;
    const int gates = kind == "lstm" ? 4 : kind == "gru" ? 3 : 1;
    PyObject* given = entry(layers, "parts");
    if (!PyList_Check(given) || !PyList_GET_SIZE(given)) raise(PyExc_TypeError, "parts must be a list of layers");
    const int depth = static_cast<int>(PyList_GET_SIZE(given));
    std::vector<FloatArray> arrays;  // what the parts point to
    arrays.reserve(static_cast<std::size_t>(depth) * 8);
    std::vector<RecurrentPart> parts;
    int directions = 0, hidden = 0;
    const auto array = [&](PyObject* part, const char* name, int axes, int rows, int columns) {
        arrays.push_back(float_array(entry(part, name), axes, name));
        if (arrays.back().rows != rows || arrays.back().columns != columns) {
            raise(PyExc_ValueError, std::string(name) + " has the wrong shape");
        }
        return arrays.back().values.data();
    };
    for (int l = 0; l < depth; ++l) {
        PyObject* layer = PyList_GET_ITEM(given, l);
        if (!PyList_Check(layer)) raise(PyExc_TypeError, "a layer must be a list of directions");
        if (l == 0) {
            directions = static_cast<int>(PyList_GET_SIZE(layer));
            if (directions < 1 || directions > 2) raise(PyExc_ValueError, "a layer has one or two directions");
            hidden = width / (directions * gates);
            if (hidden < 1 || hidden * directions * gates != width) {
                raise(PyExc_ValueError, "width is not a multiple of directions and gates");
            }
        }
        if (PyList_GET_SIZE(layer) != directions) raise(PyExc_ValueError, "layers differ in their directions");
        for (int d = 0; d < directions; ++d) {
            PyObject* part = PyList_GET_ITEM(layer, d);
            RecurrentPart weights{};
            if (l > 0) {
                weights.input_weight = array(part, "input_weight", 2, gates * hidden, directions * hidden);
                weights.input_bias = array(part, "input_bias", 1, gates * hidden, 1);
            }
            weights.state_weight = array(part, "state_weight", 2, gates * hidden, hidden);
            if (type == RecurrentKind::gru) weights.new_bias = array(part, "new_bias", 1, hidden, 1);
            parts.push_back(weights);
        }
    }
    const DenseLayer output = dense_layer(entry(layers, "output"), "the output layer", directions * hidden);
    if (output.outputs != outputs.total()) {
        raise(PyExc_ValueError, "the output layer has not one output for each tag");
    }
    const RecurrentWeights weights{type, type == RecurrentKind::rnn && bool_entry(layers, "relu"), depth, directions,
                                   hidden, outputs.total(), parts.data(), output.weight.data(), output.bias.data()};
    return std::make_unique<RecurrentScorer>(std::move(outputs), kernels, width, weights, precision, isa);
}

std::vector<std::vector<Ref>> tag_sets(PyObject* sets) {
    if (!PyList_Check(sets) || !PyList_GET_SIZE(sets)) raise(PyExc_TypeError, "tags must be a list of tag sets");
    std::vector<std::vector<Ref>> result;
    for (Py_ssize_t h = 0; h < PyList_GET_SIZE(sets); ++h) {
        PyObject* tags = PyList_GET_ITEM(sets, h);
        if (!PyList_Check(tags) || !PyList_GET_SIZE(tags)) raise(PyExc_TypeError, "a tag set must be a list");
        result.emplace_back();
        for (Py_ssize_t t = 0; t < PyList_GET_SIZE(tags); ++t) {
            PyObject* tag = PyList_GET_ITEM(tags, t);
            if (!PyUnicode_CheckExact(tag)) raise(PyExc_TypeError, "a tag must be a string");
            result.back().push_back(Ref::borrowed(tag));
        }
    }
    return result;
}

int kernel_init(PyObject* self, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"kind",      "width", "make_rows", "is_straight_quote", "layers", "tags",
                                  "encoder", "precision", "isa", "largest", nullptr};
    const char *kind, *precision = "float32", *isa_given = "auto";
    int width;
    PyObject *make_rows, *is_straight_quote, *layers, *tags, *encoder = Py_None;
    Py_ssize_t largest = Py_ssize_t{96} << 20;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$siOOOOOssn:Kernel", const_cast<char**>(names), &kind, &width,
                                     &make_rows, &is_straight_quote, &layers, &tags, &encoder, &precision,
                                     &isa_given, &largest)) {
        return -1;
    }
    return guarded([&] {
        auto* object = reinterpret_cast<KernelObject*>(self);
        if (object->engine) raise(PyExc_TypeError, "a kernel is initialised once");
        if (width < 1) raise(PyExc_ValueError, "width must be positive");
        if (!PyCallable_Check(make_rows) || !PyCallable_Check(is_straight_quote)) {
            raise(PyExc_TypeError, "make_rows and is_straight_quote must be callable");
        }
        if (std::strcmp(precision, "float32") && std::strcmp(precision, "int8")) {
            raise(PyExc_ValueError, "precision must be float32 or int8");
        }
        const Precision numbers = std::strcmp(precision, "int8") ? Precision::float32 : Precision::int8;
        object->isa = chosen_isa(isa_given);
        const Kernels& table = kernels(object->isa);
        Engine::Settings settings{width, make_rows, is_straight_quote, nullptr, nullptr, tag_sets(tags),
                                  static_cast<std::size_t>(std::max<Py_ssize_t>(largest, 0))};
        std::vector<int> counts;
        for (const auto& set : settings.tags) counts.push_back(static_cast<int>(set.size()));
        const std::string name = kind;
        if (name == "window") {
            settings.scorer = window(layers, width, Outputs(counts), table, numbers);
        } else if (name == "logistic") {
            settings.scorer = logistic(layers, width, Outputs(counts), table);
        } else if (name == "lstm" || name == "gru" || name == "rnn") {
            settings.scorer = recurrent(layers, name, width, Outputs(counts), table, numbers, object->isa);
        } else {
            raise(PyExc_ValueError, "kind must be window, logistic, lstm, gru or rnn, not " + name);
        }
        if (encoder != Py_None) settings.encoder = std::make_unique<Encoder>(encoder, width, table);
        object->engine = new Engine(std::move(settings));
        return 0;
    }, -1);
}

void kernel_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    delete reinterpret_cast<KernelObject*>(self)->engine;
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

int kernel_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    const Engine* engine = reinterpret_cast<KernelObject*>(self)->engine;
    return engine ? engine->traverse(visit, arg) : 0;
}

int kernel_clear(PyObject* self) {
    if (Engine* engine = reinterpret_cast<KernelObject*>(self)->engine) engine->clear();
    return 0;
}

/// The lengths of sentences, from an array of int64.
std::vector<std::uint32_t> lengths_of(PyObject* object) {
    const ArrayView view(object, 'i', "lengths");
    if (view.dimensions() != 1) raise(PyExc_ValueError, "lengths must have one axis");
    std::vector<std::uint32_t> lengths;
    for (Py_ssize_t s = 0; s < view.size(0); ++s) {
        const std::int64_t length = view.integers()[s];
        if (length < 0 || length > INT32_MAX) raise(PyExc_ValueError, "a sentence's length is out of range");
        lengths.push_back(static_cast<std::uint32_t>(length));
    }
    return lengths;
}

/// A new numpy array of 32-bit numbers, and its memory. Numpy is imported when it is first needed.
Ref new_array(Py_ssize_t rows, Py_ssize_t columns, const char* dtype, void** memory) {
    const Ref numpy = Ref::checked(PyImport_ImportModule("numpy"));
    Ref array = Ref::checked(PyObject_CallMethod(numpy.get(), "empty", "(nn)s", rows, columns, dtype));
    Py_buffer buffer;
    if (PyObject_GetBuffer(array.get(), &buffer, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) < 0) throw PythonError();
    *memory = buffer.buf;
    PyBuffer_Release(&buffer);  // the array keeps its memory
    return array;
}

PyObject* kernel_tag(PyObject* self, PyObject* sentences) {
    return guarded([&] { return engine_of(self).tag(sentences).release(); }, static_cast<PyObject*>(nullptr));
}

/// Parses `words` and `lengths`, and calls `compute` with them and the number of words.
template <class Compute>
PyObject* with_words(PyObject* const* args, Py_ssize_t count, Compute compute) {
    return guarded([&] {
        if (count != 2) raise(PyExc_TypeError, "expected words and lengths");
        if (!PyList_Check(args[0]) && !PyTuple_Check(args[0])) raise(PyExc_TypeError, "words must be a list");
        // A copy: others may change the list meanwhile, and a subclass may tell another length.
        const Ref words = Ref::checked(PySequence_List(args[0]));
        const std::vector<std::uint32_t> lengths = lengths_of(args[1]);
        const auto total = static_cast<std::size_t>(PyList_GET_SIZE(words.get()));
        if (std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}) != total) {
            raise(PyExc_ValueError, "the lengths don't add up to the number of words");
        }
        return compute(words.get(), lengths, PyList_GET_SIZE(words.get())).release();
    }, static_cast<PyObject*>(nullptr));
}

PyObject* kernel_tags(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    return with_words(args, count, [&](PyObject* words, const std::vector<std::uint32_t>& lengths, Py_ssize_t total) {
        void* memory;
        Ref array = new_array(engine_of(self).scorer().outputs().heads(), total, "int32", &memory);
        engine_of(self).tags(words, lengths, static_cast<std::int32_t*>(memory));
        return array;
    });
}

PyObject* kernel_scores(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    return with_words(args, count, [&](PyObject* words, const std::vector<std::uint32_t>& lengths, Py_ssize_t total) {
        void* memory;
        Ref array = new_array(total, engine_of(self).scorer().outputs().total(), "float32", &memory);
        engine_of(self).scores(words, lengths, static_cast<float*>(memory));
        return array;
    });
}

Py_ssize_t kernel_length(PyObject* self) { return static_cast<Py_ssize_t>(engine_of(self).size()); }

PyObject* kernel_nbytes(PyObject* self, void*) { return PyLong_FromSize_t(engine_of(self).nbytes()); }

PyObject* kernel_isa(PyObject* self, void*) {
    return PyUnicode_FromString(isa_name(reinterpret_cast<KernelObject*>(self)->isa));
}

PyObject* kernel_rechecked(PyObject* self, void*) {
    return PyLong_FromUnsignedLongLong(engine_of(self).scorer().rechecked());
}

PyObject* kernel_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
    PyObject* self = type->tp_alloc(type, 0);
    if (!self) return nullptr;
    // Nobody finds a kernel without an engine: until it has one, the garbage collector does not know of it.
    PyObject_GC_UnTrack(self);
    if (kernel_init(self, args, keywords) < 0) {
        Py_DECREF(self);
        return nullptr;
    }
    PyObject_GC_Track(self);
    return self;
}

PyMethodDef methods[] = {
    {"tag", kernel_tag, METH_O, "tag(sentences)\n--\n\nPairs each token with its tag, for the first head."},
    {"tags", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(kernel_tags)), METH_FASTCALL,
     "tags(words, lengths)\n--\n\nThe number of each word's tag for each head, (heads, words) int32."},
    {"scores", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(kernel_scores)), METH_FASTCALL,
     "scores(words, lengths)\n--\n\nThe scores of each word's tags, (words, outputs) float32."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"nbytes", kernel_nbytes, nullptr, "The size in bytes of the rows in use.", nullptr},
    {"isa", kernel_isa, nullptr, "The instruction set in use.", nullptr},
    {"rechecked", kernel_rechecked, nullptr, "Tokens computed again in float32 so far.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("A network's tagging kernel; see README.md for the arguments.")},
    {Py_tp_new, reinterpret_cast<void*>(kernel_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(kernel_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(kernel_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(kernel_clear)},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, reinterpret_cast<void*>(kernel_length)},
    {0, nullptr},
};

PyType_Spec kernel_spec = {"postagger_native.Kernel", sizeof(KernelObject), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

int add_contents(PyObject* module) {
    PyObject* type = PyType_FromModuleAndSpec(module, &kernel_spec, nullptr);
    if (!type) return -1;
    const int status = PyModule_AddObjectRef(module, "Kernel", type);
    Py_DECREF(type);
    return status || PyModule_AddStringConstant(module, "BEST_ISA", isa_name(best_isa()));
}

PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(add_contents)},
    {0, nullptr},
};

PyModuleDef module_definition = {PyModuleDef_HEAD_INIT, "_kernel", "Tagging in C++.", 0, nullptr,
                                 module_slots, nullptr, nullptr, nullptr};

}  // namespace

}  // namespace postagger

PyMODINIT_FUNC PyInit__kernel() { return PyModuleDef_Init(&postagger::module_definition); }
