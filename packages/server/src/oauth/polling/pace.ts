/** How often a client may ask whether somebody has decided (RFC 8628 §3.5, CIBA §11): seconds between two polls. */
export const pace = {
  /** At first; what RFC 8628 §3.2 and CIBA §7.3 assume where nothing is said. */
  interval: 5,
  /** How much more after each poll that came too early: both say by 5 seconds. */
  penalty: 5,
  /** No more is added from here on, so that who allows a client that hurried does not wait for it forever. */
  longest: 60,
} as const
