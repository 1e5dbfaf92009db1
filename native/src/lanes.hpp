// Registers of one instruction set: 16 float32 numbers, 16 int32 or 32 int16, whatever their real width.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(POSTAGGER_ISA_avx2) || defined(POSTAGGER_ISA_avx512)
#include <immintrin.h>
#endif

#if defined(__GNUC__) || defined(__clang__)
#define POSTAGGER_UNROLL _Pragma("GCC unroll 16")
#define POSTAGGER_INLINE inline __attribute__((always_inline))
#define POSTAGGER_PREFETCH(address) __builtin_prefetch(address)
#elif defined(_MSC_VER) && defined(_M_X64)
#include <intrin.h>
#define POSTAGGER_UNROLL
#define POSTAGGER_INLINE __forceinline
#define POSTAGGER_PREFETCH(address) _mm_prefetch(reinterpret_cast<const char*>(address), _MM_HINT_T0)
#else
#define POSTAGGER_UNROLL
#define POSTAGGER_INLINE inline
#define POSTAGGER_PREFETCH(address) static_cast<void>(address)
#endif

namespace postagger::POSTAGGER_ISA {

inline int lowest_bit(std::uint64_t bits) {
#if defined(_MSC_VER)
    unsigned long place;
    return _BitScanForward64(&place, bits) ? static_cast<int>(place) : 64;
#else
    return bits ? __builtin_ctzll(bits) : 64;
#endif
}

#if defined(POSTAGGER_ISA_avx512)

/// Tokens whose outputs are computed together: with `kPanel` blocks of outputs they fill the registers.
inline constexpr int kTile = 8;

struct Floats {
    __m512 v;
    static POSTAGGER_INLINE Floats load(const float* from) { return {_mm512_loadu_ps(from)}; }
    static POSTAGGER_INLINE Floats all(float x) { return {_mm512_set1_ps(x)}; }
    POSTAGGER_INLINE void store(float* to) const { _mm512_storeu_ps(to, v); }
    POSTAGGER_INLINE Floats operator+(Floats o) const { return {_mm512_add_ps(v, o.v)}; }
};
POSTAGGER_INLINE Floats multiply_add(Floats a, Floats b, Floats c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }

struct Ints {
    __m512i v;
    static POSTAGGER_INLINE Ints load(const std::int32_t* from) { return {_mm512_loadu_si512(from)}; }
    static POSTAGGER_INLINE Ints all(std::int32_t x) { return {_mm512_set1_epi32(x)}; }
    POSTAGGER_INLINE void store(std::int32_t* to) const { _mm512_storeu_si512(to, v); }
    POSTAGGER_INLINE std::int32_t highest() const { return _mm512_reduce_max_epi32(v); }
};
POSTAGGER_INLINE Ints larger(Ints a, Ints b) { return {_mm512_max_epi32(a.v, b.v)}; }
/// One bit for each number of `a` that is at least that of `b`.
POSTAGGER_INLINE std::uint32_t at_least(Ints a, Ints b) { return _mm512_cmpge_epi32_mask(a.v, b.v); }

struct Shorts {
    __m512i v;
    static POSTAGGER_INLINE Shorts load(const std::int16_t* from) { return {_mm512_loadu_si512(from)}; }
    static POSTAGGER_INLINE Shorts pair(const std::int16_t* from) {
        std::int32_t both;
        std::memcpy(&both, from, sizeof both);
        return {_mm512_set1_epi32(both)};
    }
    POSTAGGER_INLINE void store(std::int16_t* to) const { _mm512_storeu_si512(to, v); }
    POSTAGGER_INLINE Shorts operator+(Shorts o) const { return {_mm512_add_epi16(v, o.v)}; }
    POSTAGGER_INLINE Shorts rectified() const { return {_mm512_max_epi16(v, _mm512_setzero_si512())}; }
};
/// Adds the products of each pair of 16-bit numbers to `sum`.
POSTAGGER_INLINE Ints add_products(Ints sum, Shorts a, Shorts b) {
    return {_mm512_dpwssd_epi32(sum.v, a.v, b.v)};
}

#elif defined(POSTAGGER_ISA_avx2)

inline constexpr int kTile = 2;

struct Floats {
    __m256 a, b;
    static POSTAGGER_INLINE Floats load(const float* from) {
        return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
    }
    static POSTAGGER_INLINE Floats all(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
    POSTAGGER_INLINE void store(float* to) const {
        _mm256_storeu_ps(to, a);
        _mm256_storeu_ps(to + 8, b);
    }
    POSTAGGER_INLINE Floats operator+(Floats o) const { return {_mm256_add_ps(a, o.a), _mm256_add_ps(b, o.b)}; }
};
POSTAGGER_INLINE Floats multiply_add(Floats x, Floats y, Floats z) {
    return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}

struct Ints {
    __m256i a, b;
    static POSTAGGER_INLINE Ints load(const std::int32_t* from) {
        return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 8))};
    }
    static POSTAGGER_INLINE Ints all(std::int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
    POSTAGGER_INLINE void store(std::int32_t* to) const {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), b);
    }
    POSTAGGER_INLINE std::int32_t highest() const {
        const __m256i c = _mm256_max_epi32(a, b);
        __m128i d = _mm_max_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
        d = _mm_max_epi32(d, _mm_shuffle_epi32(d, 0x4e));
        d = _mm_max_epi32(d, _mm_shuffle_epi32(d, 0xb1));
        return _mm_cvtsi128_si32(d);
    }
};
POSTAGGER_INLINE Ints larger(Ints x, Ints y) {
    return {_mm256_max_epi32(x.a, y.a), _mm256_max_epi32(x.b, y.b)};
}
POSTAGGER_INLINE std::uint32_t at_least(Ints x, Ints y) {
    const auto less_a = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(y.a, x.a)));
    const auto less_b = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(y.b, x.b)));
    return ~static_cast<std::uint32_t>(less_a | less_b << 8) & 0xffff;
}

struct Shorts {
    __m256i a, b;
    static POSTAGGER_INLINE Shorts load(const std::int16_t* from) {
        return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 16))};
    }
    static POSTAGGER_INLINE Shorts pair(const std::int16_t* from) {
        std::int32_t both;
        std::memcpy(&both, from, sizeof both);
        return {_mm256_set1_epi32(both), _mm256_set1_epi32(both)};
    }
    POSTAGGER_INLINE void store(std::int16_t* to) const {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 16), b);
    }
    POSTAGGER_INLINE Shorts operator+(Shorts o) const {
        return {_mm256_add_epi16(a, o.a), _mm256_add_epi16(b, o.b)};
    }
    POSTAGGER_INLINE Shorts rectified() const {
        const __m256i zero = _mm256_setzero_si256();
        return {_mm256_max_epi16(a, zero), _mm256_max_epi16(b, zero)};
    }
};
POSTAGGER_INLINE Ints add_products(Ints sum, Shorts x, Shorts y) {
    return {_mm256_add_epi32(sum.a, _mm256_madd_epi16(x.a, y.a)),
            _mm256_add_epi32(sum.b, _mm256_madd_epi16(x.b, y.b))};
}

#else

inline constexpr int kTile = 1;

// Loops of fixed length, which compilers turn into the registers that every processor of a kind has.

struct Floats {
    float v[16];
    static POSTAGGER_INLINE Floats load(const float* from) {
        Floats x;
        for (int i = 0; i < 16; ++i) x.v[i] = from[i];
        return x;
    }
    static POSTAGGER_INLINE Floats all(float value) {
        Floats x;
        for (int i = 0; i < 16; ++i) x.v[i] = value;
        return x;
    }
    POSTAGGER_INLINE void store(float* to) const {
        for (int i = 0; i < 16; ++i) to[i] = v[i];
    }
    POSTAGGER_INLINE Floats operator+(const Floats& o) const {
        Floats x;
        for (int i = 0; i < 16; ++i) x.v[i] = v[i] + o.v[i];
        return x;
    }
};
POSTAGGER_INLINE Floats multiply_add(const Floats& a, const Floats& b, const Floats& c) {
    Floats x;
    for (int i = 0; i < 16; ++i) x.v[i] = a.v[i] * b.v[i] + c.v[i];
    return x;
}

struct Ints {
    std::int32_t v[16];
    static POSTAGGER_INLINE Ints load(const std::int32_t* from) {
        Ints x;
        for (int i = 0; i < 16; ++i) x.v[i] = from[i];
        return x;
    }
    static POSTAGGER_INLINE Ints all(std::int32_t value) {
        Ints x;
        for (int i = 0; i < 16; ++i) x.v[i] = value;
        return x;
    }
    POSTAGGER_INLINE void store(std::int32_t* to) const {
        for (int i = 0; i < 16; ++i) to[i] = v[i];
    }
    POSTAGGER_INLINE std::int32_t highest() const {
        std::int32_t best = v[0];
        for (int i = 1; i < 16; ++i) best = v[i] > best ? v[i] : best;
        return best;
    }
};
POSTAGGER_INLINE Ints larger(const Ints& a, const Ints& b) {
    Ints x;
    for (int i = 0; i < 16; ++i) x.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
    return x;
}
POSTAGGER_INLINE std::uint32_t at_least(const Ints& a, const Ints& b) {
    std::uint32_t bits = 0;
    for (int i = 0; i < 16; ++i) bits |= static_cast<std::uint32_t>(a.v[i] >= b.v[i]) << i;
    return bits;
}

struct Shorts {
    std::int16_t v[32];
    static POSTAGGER_INLINE Shorts load(const std::int16_t* from) {
        Shorts x;
        for (int i = 0; i < 32; ++i) x.v[i] = from[i];
        return x;
    }
    static POSTAGGER_INLINE Shorts pair(const std::int16_t* from) {
        Shorts x;
        for (int i = 0; i < 32; ++i) x.v[i] = from[i & 1];
        return x;
    }
    POSTAGGER_INLINE void store(std::int16_t* to) const {
        for (int i = 0; i < 32; ++i) to[i] = v[i];
    }
    POSTAGGER_INLINE Shorts operator+(const Shorts& o) const {
        Shorts x;
        for (int i = 0; i < 32; ++i) x.v[i] = static_cast<std::int16_t>(v[i] + o.v[i]);
        return x;
    }
    POSTAGGER_INLINE Shorts rectified() const {
        Shorts x;
        for (int i = 0; i < 32; ++i) x.v[i] = v[i] > 0 ? v[i] : std::int16_t{0};
        return x;
    }
};
POSTAGGER_INLINE Ints add_products(const Ints& sum, const Shorts& a, const Shorts& b) {
    Ints x;
    for (int i = 0; i < 16; ++i) x.v[i] = sum.v[i] + a.v[2 * i] * b.v[2 * i] + a.v[2 * i + 1] * b.v[2 * i + 1];
    return x;
}

#endif

}  // namespace postagger::POSTAGGER_ISA
