// Addresses that nothing may be sent to, however they are written (C25, FD-06), and what the names among them stand for.
import type { ResolvedAddress } from '../../packages/server/src/platform/http/egress.ts'

/** Every name means this machine, unless it is one of these. */
const names: Readonly<Record<string, readonly string[]>> = {
  'metadata.google.internal': ['169.254.169.254'],
  'instance-data': ['169.254.169.254'],
  'fd00.example': ['fd00:ec2::254'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'first-public.example': ['93.184.216.34', '127.0.0.1'],
  'last-public.example': ['10.0.0.1', '93.184.216.34'],
  'both-families.example': ['93.184.216.34', '::1'],
  'nobody.example': [],
}

/** The resolver of these tests. */
export async function resolveHostile(host: string): Promise<readonly ResolvedAddress[]> {
  const addresses = names[host.replace(/\.$/, '')] ?? ['127.0.0.1']
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

const hosts = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '100.64.0.1', '169.254.169.254', '172.16.0.1'],
  ...['172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  // Other ways to write an IPv4 address.
  ...['127.1', '0', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '127.0.0.1.'],
  // IPv6, and IPv4 within it.
  ...['[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:0:127.0.0.1]'],
  ...['[::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::a00:1]', '[64:ff9b:1::1]', '[2002:7f00:1::1]'],
  ...['[2001::1]', '[2001:db8::1]', '[3fff::1]', '[5f00::1]', '[100::1]', '[2620:4f:8000::1]'],
  ...['[fc00::1]', '[fd12:3456::1]', '[fe80::1]', '[fec0::1]', '[ff02::1]'],
  // Names.
  ...['localhost', 'localhost.', 'LOCALHOST', 'a.localhost', 'ip6-localhost', 'metadata.google.internal'],
  ...['metadata.google.internal.', 'instance-data', 'kubernetes.default.svc', 'host.docker.internal'],
  ...['fd00.example', 'mapped.example', 'nat64.example', 'first-public.example', 'last-public.example'],
  ...['both-families.example', 'nobody.example', 'rebound.example'],
  // What browsers read as another host.
  ...['①②⑦.⓪.⓪.①', '127。0。0。1', 'ⓛocalhost', 'ｌｏｃａｌｈｏｓｔ', 'loc%61lhost', '%31%32%37.0.0.1'],
]

/** @param port that of a listener on this machine */
export function hostileTargets(port: number): readonly string[] {
  return [
    ...hosts.map((host) => `https://${host}:${port}/hostile`),
    `https://user:word@127.0.0.1:${port}/hostile`,
    `https://public.example@127.0.0.1:${port}/hostile`,
    `https://public.example:${port}\\@127.0.0.1/hostile`,
    `https://127.0.0.1:${port}#@public.example/hostile`,
    `https:127.0.0.1:${port}/hostile`,
    `https://public.example:22/hostile`,
    `https://public.example:25/hostile`,
    `https://public.example:0/hostile`,
    `http://127.0.0.1:${port}/hostile`,
    `http://public.example:${port}/hostile`,
    `http://[::1]:${port}/hostile`,
    `ws://127.0.0.1:${port}/hostile`,
    `ftp://127.0.0.1:${port}/hostile`,
    `gopher://127.0.0.1:${port}/_hostile`,
    'file:///etc/passwd',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock/hostile',
    'unix:/var/run/docker.sock:/hostile',
    'data:application/json,{}',
    'javascript:fetch(1)',
    '//127.0.0.1/hostile',
    'https://',
    `https://[fe80::1%25lo]:${port}/hostile`,
    'https://127.0.0.1:99999/hostile',
  ]
}
