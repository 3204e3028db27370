// Words for people: how long, when, on which device. English, with the locale's own number and date forms.

/**
 * A span in words: 300 → “5 minutes”, 2592000 → “30 days”. Rounded down, in the largest unit that fits it exactly or at
 * least twice.
 */
export function spanWords(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
  ] as const
  for (const [length, unit] of units) {
    if (seconds >= length && (seconds % length === 0 || seconds >= 2 * length)) {
      return count(Math.floor(seconds / length), unit)
    }
  }
  return seconds >= 60
    ? count(Math.floor(seconds / 60), 'minute')
    : count(Math.max(0, Math.floor(seconds)), 'second')
}

/** How long to wait, in words: rounded up, so that whoever waits that long has waited long enough. */
export function waitWords(seconds: number): string {
  const unit = seconds >= 172_800 ? 86_400 : seconds >= 7_200 ? 3_600 : seconds > 60 ? 60 : 1
  return spanWords(Math.max(1, Math.ceil(seconds / unit)) * unit)
}

/** When something was, seen from `now` (both whole seconds since the epoch): “2 hours ago”, “on March 3, 2026”. */
export function agoWords(at: number, now: number, lang: string): string {
  const passed = Math.max(0, now - at)
  if (passed < 60) return 'just now'
  if (passed < 30 * 86_400) return `${spanWords(passed)} ago`
  const day = new Intl.DateTimeFormat(locale(lang), { dateStyle: 'long', timeZone: 'UTC' }).format(at * 1000)
  return `on ${day}`
}

/** A moment (whole seconds since the epoch), for whoever reads it later and elsewhere: “March 3, 2026 at 7:35 PM UTC”. */
export function momentWords(at: number, lang: string): string {
  const form = new Intl.DateTimeFormat(locale(lang), {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return `${form.format(at * 1000)} UTC`
}

/** A device from its User-Agent header: “Firefox on Windows”. Never repeats the header's own text. */
export function deviceWords(userAgent: string | null): string {
  if (userAgent === null) return 'Unknown device'
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1]
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1]
  if (browser !== undefined && system !== undefined) return `${browser} on ${system}`
  return browser ?? system ?? 'Unknown device'
}

// Order matters: each later browser also claims to be the ones before it in its header, so the most special come first.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
  // What programs say whose makers didn't change it.
  [/^okhttp\//, 'Android app'],
  [/\bCFNetwork\//, 'iPhone or Mac app'],
  [/^Dart\//, 'Flutter app'],
  [/^(?:python-requests|python-httpx|Python-urllib|Python|aiohttp)\//i, 'Python program'],
  [/^(?:node|undici|axios|got|node-fetch)\b/, 'Node.js program'],
  [/^PostmanRuntime\//, 'Postman'],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}

function locale(lang: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([lang]).at(0) ?? 'en'
  } catch {
    // Not a language tag at all.
    return 'en'
  }
}
