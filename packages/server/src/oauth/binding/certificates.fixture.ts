// A client at the door that shows a certificate, as the listener would hand it over.
import type { Issued } from '../../../../../tests/harness/certificates.ts'
import { Visitor } from '../../platform/house.ts'
import { authorityOf } from '../../platform/http/tls-authorities.ts'
import { certificateOfHeader } from '../../platform/http/tls-certificate.ts'
import type { OAuthHouse } from '../house.ts'
import type { MutualTls } from './mutual-tls.ts'

/** A program whose connections show this certificate, and what leads from it to an authority. */
export function showing({ edge }: Pick<OAuthHouse, 'edge'>, own: Issued, ...between: Issued[]): Visitor {
  const certificate = certificateOfHeader(
    encodeURIComponent([own, ...between].map(({ cert }) => cert).join('')),
  )
  return new Visitor({ answer: (arrival) => edge.answer({ ...arrival, certificate }) })
}

/** A server that asks for certificates and believes these authorities. */
export function mutualTlsBy(...authorities: Issued[]): MutualTls {
  return { authorities: authorities.map(({ x509 }) => authorityOf(x509)), address: null }
}
