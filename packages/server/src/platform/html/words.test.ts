import assert from 'node:assert/strict'
import test from 'node:test'
import { agoWords, deviceWords, spanWords, waitWords } from './words.ts'

test('a span is said in the largest unit that fits', () => {
  const spans = [
    [0, '0 seconds'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, '1 minute'],
    [300, '5 minutes'],
    [3_599, '59 minutes'],
    [3_600, '1 hour'],
    [5_400, '90 minutes'],
    [7_300, '2 hours'],
    [86_400, '1 day'],
    [100_000, '27 hours'],
    [2_592_000, '30 days'],
  ] as const
  for (const [seconds, words] of spans) assert.equal(spanWords(seconds), words)
})

test('whoever waits as long as was said has waited long enough', () => {
  const waits = [
    [0, '1 second'],
    [59, '59 seconds'],
    [60, '1 minute'],
    [61, '2 minutes'],
    [119, '2 minutes'],
    [121, '3 minutes'],
    [3_601, '61 minutes'],
    [7_201, '3 hours'],
    [200_000, '3 days'],
  ] as const
  for (const [seconds, words] of waits) assert.equal(waitWords(seconds), words)
})

test('a moment is said as seen from now; after a month, by its date', () => {
  const now = 1_790_000_000
  assert.equal(agoWords(now + 5, now, 'en'), 'just now')
  assert.equal(agoWords(now - 59, now, 'en'), 'just now')
  assert.equal(agoWords(now - 7_200, now, 'en'), '2 hours ago')
  assert.equal(agoWords(now - 40 * 86_400, now, 'en-GB'), 'on 12 August 2026')
  assert.equal(agoWords(now - 40 * 86_400, now, 'not a language'), 'on August 12, 2026')
})

const headers = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome on Windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1',
    'Chrome on iPhone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Samsung Internet on Android',
  ],
  [
    'Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome on ChromeOS',
  ],
  ['curl/8.9.1', 'curl'],
  ['okhttp/4.12.0', 'Android app'],
  ['Bank/7 CFNetwork/1568.300.101 Darwin/24.2.0', 'iPhone or Mac app'],
  ['Dart/3.5 (dart:io)', 'Flutter app'],
  ['python-requests/2.32.3', 'Python program'],
  ['axios/1.7.9', 'Node.js program'],
  ['node', 'Node.js program'],
] as const

test('a device is known by browser and system', () => {
  for (const [header, words] of headers) assert.equal(deviceWords(header), words)
})

test('a header that is no browser’s is never repeated', () => {
  for (const header of [null, '', 'Your bank has called, ring 555', '<script>alert(1)</script>']) {
    assert.equal(deviceWords(header), 'Unknown device')
  }
})
