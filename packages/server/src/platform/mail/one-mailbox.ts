// What a letter may be addressed to: one mailbox, spelled so that no mail server reads two recipients, a comment, a
// list or the end of a line into it (C17, PW-25). Addresses of people are canonical long before they come here; this
// is the last look before one leaves the house.

// Atoms of RFC 5322 §3.2.3 and a host name in ASCII: no quotes, no white space, no control characters.
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const mailbox = new RegExp(`^${atom}(?:\\.${atom})*@${label}(?:\\.${label})*$`)

/** Whether the text is exactly one mailbox, at most 254 characters long (RFC 5321 §4.5.3.1). */
export function isOneMailbox(text: string): boolean {
  return text.length <= 254 && text.indexOf('@') <= 64 && mailbox.test(text)
}
