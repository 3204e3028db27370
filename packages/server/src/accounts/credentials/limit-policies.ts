// How often people may try, as a plain object: tests and benchmarks raise what they are not about.
import type { Flow, Ladder } from '../../platform/limits/limits.ts'

/** One policy for each thing that is limited. */
export interface LimitPolicies {
  /** Wrong passwords for one person, under all their names together, from browsers that we don't know. */
  readonly account: Ladder
  /** Wrong passwords for one person from one browser in which they have signed in before. */
  readonly device: Ladder
  /** Sign-ins tried from one network, whatever becomes of them. */
  readonly tries: Flow
  /** Sign-ins that failed, from one network. */
  readonly failures: Flow
  /** The same over hours: stops working through a list of stolen passwords at the speed that `failures` leaves. */
  readonly stuffing: Flow
  /** `stuffing` for the /56 that an IPv6 network lies in. */
  readonly stuffingAround: Flow
  /**
   * Codes of a second factor tried for one person (MF-02): so many from all devices together in which they have signed in
   * before, and so many from everywhere else.
   */
  readonly codes: Flow
  /**
   * The same over a day: what the pace of `codes` leaves is still too much for six digits (NIST SP 800-63B-4 §3.2.2). The two
   * come to a hundred in any day.
   */
  readonly codesOfDay: Flow
  /** Accounts created or refused from one network. */
  readonly signUps: Flow
}

/** The policies, unless somebody sets others. */
export const limitPolicies: LimitPolicies = {
  account: { free: 5, delays: [1, 3, 5, 10], cap: 100, seconds: 86_400 },
  device: { free: 10, delays: [0, 0, 0, 0], cap: 10, seconds: 86_400 },
  tries: { burst: 30, seconds: 60 },
  failures: { burst: 10, seconds: 60 },
  stuffing: { burst: 20, seconds: 10_800 },
  stuffingAround: { burst: 80, seconds: 10_800 },
  codes: { burst: 5, seconds: 300 },
  codesOfDay: { burst: 25, seconds: 86_400 },
  signUps: { burst: 20, seconds: 3600 },
}
