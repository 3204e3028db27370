// A site for nginx that ends TLS before this server. What an application behind it needs beside is in docs/guides/nginx.md.
import type { Finding, Settings } from '../settings.ts'

/** What a site is made of. */
export interface Site {
  readonly settings: Pick<Settings, 'url' | 'host' | 'port' | 'clientCertHeader' | 'trustProxy'>
  /** Files, as nginx finds them. */
  readonly certificate: string
  readonly key: string
}

/** What nginx would read as something else than it is: it knows no way to write a `$` in these places. */
export function findingsOfSite({ settings, certificate, key }: Site): Finding[] {
  const fits: readonly (readonly [path: string, text: string, pattern: RegExp])[] = [
    ['COUNTERSIGN_URL', new URL(settings.url).hostname, /^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/],
    ['HOST', settings.host, /^[A-Za-z0-9._:-]+$/],
    ['--certificate', certificate, /^[^\p{Cc}$]+$/u],
    ['--key', key, /^[^\p{Cc}$]+$/u],
  ]
  return fits
    .filter(([, text, pattern]) => !pattern.test(text))
    .map(([path]) => ({ path, code: 'character', message: 'has a character that nginx reads as its own' }))
}

/** The site, for `http { … }`. The issuer’s address is over https, and `findingsOfSite` found nothing. */
export function nginxSite({ settings, certificate, key }: Site): string {
  const { hostname, port } = new URL(settings.url)
  const name = isIpv6(hostname) ? '_' : hostname
  const listens = port === '' ? '443' : port
  return `${remarks(settings).join('\n')}
upstream countersign {
  server ${upstreamOf(settings)};
  keepalive 32;
}
${port === '' ? redirecting(name, settings.url) : ''}
server {
  listen ${listens} ssl;
  listen [::]:${listens} ssl;
  server_name ${name};
  ssl_certificate ${quoted(certificate)};
  ssl_certificate_key ${quoted(key)};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_tickets off;
  client_max_body_size 64k;

  location / {
    proxy_pass http://countersign;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host ${new URL(settings.url).host};
    # What a client sends under these names is nobody's word.
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Forwarded "";
${certificateHeaders(settings)}  }
}
`
}

/** Plain http is for the way to https alone. */
function redirecting(name: string, url: string): string {
  return `
server {
  listen 80;
  listen [::]:80;
  server_name ${name};
  return 308 ${url}$request_uri;
}
`
}

function remarks({ host, trustProxy }: Site['settings']): string[] {
  const wanted = [
    ...(isLoopback(host) ? [] : ['HOST=127.0.0.1']),
    ...(trustProxy.length > 0 ? [] : ['COUNTERSIGN_TRUST_PROXY=127.0.0.1']),
  ]
  return [
    '# Written by `countersign nginx`: belongs in http { … }, as /etc/nginx/conf.d/countersign.conf.',
    ...(wanted.length === 0 ? [] : [`# Countersign needs with it: ${wanted.join(' ')}`]),
  ]
}

/** A server that listens everywhere is reached on this machine. */
function upstreamOf({ host, port }: Site['settings']): string {
  if (host === '0.0.0.0' || host === '::' || host === 'localhost') return `127.0.0.1:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function certificateHeaders({ clientCertHeader }: Site['settings']): string {
  const names = new Set(['client-cert', ...(clientCertHeader === undefined ? [] : [clientCertHeader])])
  return [...names].map((name) => `    proxy_set_header ${name} "";\n`).join('')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function isIpv6(hostname: string): boolean {
  return hostname.startsWith('[')
}

function quoted(file: string): string {
  return `"${file.replace(/["\\]/g, '\\$&')}"`
}
