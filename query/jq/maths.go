package jq

import "math"

// mathematics are the functions of C's library that jq passes on.
var mathematics = map[string]func(float64) float64{
	"acos": math.Acos, "acosh": math.Acosh, "asin": math.Asin, "asinh": math.Asinh, "atan": math.Atan, "atanh": math.Atanh,
	"cbrt": math.Cbrt, "ceil": math.Ceil, "cos": math.Cos, "cosh": math.Cosh, "erf": math.Erf, "erfc": math.Erfc,
	"exp": math.Exp, "exp10": exp10, "pow10": exp10, "exp2": math.Exp2, "expm1": math.Expm1, "fabs": math.Abs, "floor": math.Floor,
	"gamma": logGamma, "lgamma": logGamma, "tgamma": math.Gamma, "j0": math.J0, "j1": math.J1, "y0": math.Y0, "y1": math.Y1,
	"log": math.Log, "log10": math.Log10, "log1p": math.Log1p, "log2": math.Log2, "logb": math.Logb,
	"nearbyint": math.RoundToEven, "rint": math.RoundToEven, "round": math.Round, "significand": significand,
	"sin": math.Sin, "sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh, "trunc": math.Trunc,
}

var mathematics2 = map[string]func(x, y float64) float64{
	"atan2": math.Atan2, "copysign": math.Copysign, "drem": math.Remainder, "fdim": math.Dim, "fmax": fmax, "fmin": fmin,
	"fmod": math.Mod, "hypot": math.Hypot, "ldexp": ldexp, "scalb": scalb, "scalbln": ldexp, "nextafter": math.Nextafter,
	"nexttoward": math.Nextafter, "pow": math.Pow, "remainder": math.Remainder,
	"jn": func(n, x float64) float64 { return math.Jn(int(n), x) }, "yn": func(n, x float64) float64 { return math.Yn(int(n), x) },
}

func exp10(n float64) float64 { return math.Pow(10, n) }

// logGamma is what C calls gamma, too.
func logGamma(n float64) float64 {
	l, _ := math.Lgamma(n)
	return l
}

func significand(n float64) float64 {
	if n == 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		return n
	}
	mantissa, _ := math.Frexp(n)
	return 2 * mantissa
}

func ldexp(x, y float64) float64 {
	return math.Ldexp(x, int(max(-1<<20, min(y, 1<<20))))
}

func scalb(x, y float64) float64 {
	if y != math.Trunc(y) {
		return math.NaN()
	}
	return ldexp(x, y)
}

// fmax and fmin pass over what is no number.
func fmax(x, y float64) float64 {
	switch {
	case math.IsNaN(x):
		return y
	case math.IsNaN(y):
		return x
	}
	return max(x, y)
}

func fmin(x, y float64) float64 { return -fmax(-x, -y) }

func init() {
	for name, f := range mathematics {
		functions[arity(name, 0)] = numeric(func(n float64) Value { return number(f(n)) })
	}
	for name, f := range mathematics2 {
		functions[arity(name, 2)] = numbers(func(n []float64) float64 { return f(n[0], n[1]) })
	}
	functions["fma/3"] = numbers(func(n []float64) float64 { return math.FMA(n[0], n[1], n[2]) })
	functions["frexp/0"] = numeric(func(n float64) Value {
		mantissa, exponent := math.Frexp(n)
		return list([]Value{number(mantissa), number(float64(exponent))})
	})
	functions["modf/0"] = numeric(func(n float64) Value {
		whole, part := math.Modf(n)
		if math.IsInf(n, 0) {
			part = math.Copysign(0, n)
		}
		return list([]Value{number(part), number(whole)})
	})
	functions["lgamma_r/0"] = numeric(func(n float64) Value {
		l, sign := math.Lgamma(n)
		return list([]Value{number(l), number(float64(sign))})
	})
	functions["isnan/0"] = numeric(func(n float64) Value { return boolean(math.IsNaN(n)) })
	functions["isinfinite/0"] = numeric(func(n float64) Value { return boolean(math.IsInf(n, 0)) })
	functions["isnormal/0"] = numeric(func(n float64) Value {
		return boolean(n != 0 && !math.IsNaN(n) && !math.IsInf(n, 0) && math.Abs(n) >= 0x1p-1022)
	})
}

// numeric is a function of a number.
func numeric(f func(float64) Value) pure {
	return func(r *run, in Value, _ []Value) (Value, error) {
		if in.kind != Number {
			return null, fail("%s number required", r.short(in))
		}
		return f(in.num()), nil
	}
}

// numbers is a function of arguments that are numbers.
func numbers(f func([]float64) float64) pure {
	return func(r *run, _ Value, args []Value) (Value, error) {
		var n [3]float64
		for i, a := range args {
			if a.kind != Number {
				return null, fail("%s number required", r.short(a))
			}
			n[i] = a.num()
		}
		return number(f(n[:])), nil
	}
}
