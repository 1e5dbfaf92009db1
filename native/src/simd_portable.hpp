// simd.hpp for any processor: float32 only. GCC and Clang turn their vector type into whatever the
// processor has; other compilers get an array.
#pragma once

namespace postagger::POSTAGGER_ISA {

constexpr int lanes = 4;
constexpr int registers = 16;

#if defined(__GNUC__)
typedef float FourFloats __attribute__((vector_size(16)));
typedef uint32_t FourBits __attribute__((vector_size(16)));
#else
struct FourFloats {
    float lane[4];
    float& operator[](int i) { return lane[i]; }
    float operator[](int i) const { return lane[i]; }
};
#endif

struct Floats {
    FourFloats v;
    Floats() = default;
    explicit Floats(float value) : v{value, value, value, value} {}
};

POSTAGGER_INLINE Floats load(const float* from) {
    Floats x;
    std::memcpy(&x, from, sizeof x);
    return x;
}
// Loads the first `count` lanes; the others are `other`.
POSTAGGER_INLINE Floats load(const float* from, int count, Floats other) {
    if (count >= lanes) return load(from);
    for (int i = 0; i < count; ++i) other.v[i] = from[i];
    return other;
}
POSTAGGER_INLINE void store(float* to, Floats x) { std::memcpy(to, &x, sizeof x); }

#if defined(__GNUC__)
POSTAGGER_INLINE Floats wrap(FourFloats v) {
    Floats x;
    x.v = v;
    return x;
}
POSTAGGER_INLINE Floats operator+(Floats a, Floats b) { return wrap(a.v + b.v); }
POSTAGGER_INLINE Floats operator-(Floats a, Floats b) { return wrap(a.v - b.v); }
POSTAGGER_INLINE Floats operator*(Floats a, Floats b) { return wrap(a.v * b.v); }
POSTAGGER_INLINE Floats operator/(Floats a, Floats b) { return wrap(a.v / b.v); }
POSTAGGER_INLINE Floats min(Floats a, Floats b) { return wrap(a.v < b.v ? a.v : b.v); }
POSTAGGER_INLINE Floats max(Floats a, Floats b) { return wrap(a.v > b.v ? a.v : b.v); }
#else
// Applies a function to each lane of a and b.
template <class Function>
Floats each_lane(Floats a, Floats b, Function function) {
    for (int i = 0; i < lanes; ++i) a.v[i] = function(a.v[i], b.v[i]);
    return a;
}
POSTAGGER_INLINE Floats operator+(Floats a, Floats b) {
    return each_lane(a, b, [](float x, float y) { return x + y; });
}
POSTAGGER_INLINE Floats operator-(Floats a, Floats b) {
    return each_lane(a, b, [](float x, float y) { return x - y; });
}
POSTAGGER_INLINE Floats operator*(Floats a, Floats b) {
    return each_lane(a, b, [](float x, float y) { return x * y; });
}
POSTAGGER_INLINE Floats operator/(Floats a, Floats b) {
    return each_lane(a, b, [](float x, float y) { return x / y; });
}
POSTAGGER_INLINE Floats min(Floats a, Floats b) {
    return each_lane(a, b, [](float x, float y) { return x < y ? x : y; });
}
POSTAGGER_INLINE Floats max(Floats a, Floats b) {
    return each_lane(a, b, [](float x, float y) { return x > y ? x : y; });
}
#endif
POSTAGGER_INLINE Floats fma(Floats a, Floats b, Floats c) { return a * b + c; }
POSTAGGER_INLINE float largest(Floats x) {
    float best = x.v[0];
    for (int i = 1; i < lanes; ++i) best = x.v[i] > best ? x.v[i] : best;
    return best;
}
// One bit for each lane, set where a >= b.
POSTAGGER_INLINE unsigned at_least(Floats a, Floats b) {
    unsigned bits = 0;
    for (int i = 0; i < lanes; ++i) bits |= static_cast<unsigned>(a.v[i] >= b.v[i]) << i;
    return bits;
}

// x * 2^n, where n is in the lowest bits of `whole`.
POSTAGGER_INLINE Floats multiply_by_power(Floats x, Floats whole) {
#if defined(__GNUC__)
    FourBits bits, power;
#else
    uint32_t bits[lanes], power[lanes];
#endif
    std::memcpy(&bits, &x, sizeof bits);
    std::memcpy(&power, &whole, sizeof power);
    for (int i = 0; i < lanes; ++i) bits[i] += power[i] << 23;
    std::memcpy(&x, &bits, sizeof bits);
    return x;
}

POSTAGGER_INLINE void prefetch(const float* from) {
#if defined(__GNUC__)
    __builtin_prefetch(from);
#else
    static_cast<void>(from);
#endif
}

}  // namespace postagger::POSTAGGER_ISA
