// Registers full of numbers, the same operations in every instruction set.
//
// Kernels are compiled once for each instruction set, with POSTAGGER_ISA naming the namespace (portable, avx2
// or avx512) and POSTAGGER_ISA_avx512, for example, being defined.
//
// Floats holds float32 numbers and Ints holds int32 numbers, `lanes` of them; `registers` is the number of
// registers that the compiler may fill.
#pragma once

#include <cstdint>
#include <cstring>

#ifndef POSTAGGER_ISA
#error "define POSTAGGER_ISA as portable, avx2 or avx512"
#endif

#if defined(__GNUC__)
#define POSTAGGER_INLINE inline __attribute__((always_inline))
#define POSTAGGER_UNROLL _Pragma("GCC unroll 32")
#else
#define POSTAGGER_INLINE inline
#define POSTAGGER_UNROLL
#endif

#if defined(POSTAGGER_ISA_avx512)
#include "simd_avx512.hpp"
#elif defined(POSTAGGER_ISA_avx2)
#include "simd_avx2.hpp"
#else
#include "simd_portable.hpp"
#endif

namespace postagger::POSTAGGER_ISA {

// Loads 32 bits, the unit in which states are broadcast.
POSTAGGER_INLINE int32_t load_bits(const void* from) {
    int32_t bits;
    std::memcpy(&bits, from, sizeof bits);
    return bits;
}

// 2^x within 2e-7 of its value, for x within [-30, 30]; beyond, the nearest of these numbers is used.
//
// Adding 1.5 * 2^23 rounds to a whole number, which is then in the lowest bits: shifted into the exponent's
// place and added, it multiplies the polynomial by a power of two.
POSTAGGER_INLINE Floats exp2(Floats x) {
    const Floats rounder(12582912.0f);
    x = max(min(x, Floats(30.0f)), Floats(-30.0f));
    const Floats whole = x + rounder;
    const Floats rest = x - (whole - rounder);  // [-0.5, 0.5]
    // The polynomial with the smallest relative error in this interval.
    Floats power(1.32647e-3f);
    power = fma(power, rest, Floats(9.67151e-3f));
    power = fma(power, rest, Floats(5.550734e-2f));
    power = fma(power, rest, Floats(2.4022242e-1f));
    power = fma(power, rest, Floats(6.9314698e-1f));
    power = fma(power, rest, Floats(1.0f));
    return multiply_by_power(power, whole);
}

}  // namespace postagger::POSTAGGER_ISA
