// The wire of Simple JWT, the JSON Web Token plugin of Django REST framework: its views at the paths that front ends
// call them by.
import type { Route } from '../../platform/http/exchange.ts'
import { speechOf } from '../wire/locale.ts'
import { type View, viewRoutes } from '../wire/view.routes.ts'
import { obtainPair, obtainSliding } from './obtain.ts'
import { refreshPair, refreshSliding } from './refresh.ts'
import type { SimpleJwtRoom } from './room.ts'
import type { SimpleJwtSettings } from './settings.ts'
import { blacklistOne, verifyOne } from './verify.ts'

type Path = keyof SimpleJwtSettings['paths']

/** Every route of the profile. */
export function simpleJwtRoutes(room: SimpleJwtRoom): readonly Route[] {
  const { paths, usernameField } = room.settings
  const speech = speechOf(room.settings)
  const credentials = [
    { name: usernameField, label: labelOf(usernameField) },
    { name: 'password', label: 'Password' },
  ]
  const token = (name: string) => [{ name, label: labelOf(name) }]
  const views: { readonly [P in Path]: View } = {
    obtain: {
      name: 'Token Obtain Pair',
      description:
        'Takes a set of user credentials and returns an access and refresh JSON web\ntoken pair to prove the authentication of those credentials.',
      fields: credentials,
      post: (request, members) => obtainPair(room, request, members),
    },
    refresh: {
      name: 'Token Refresh',
      description:
        'Takes a refresh type JSON web token and returns an access type JSON web\ntoken if the refresh token is valid.',
      fields: [...token('refresh'), { name: 'access', label: 'Access', isReadOnly: true }],
      post: (request, members) => refreshPair(room, request, members),
    },
    verify: {
      name: 'Token Verify',
      description:
        "Takes a token and indicates if it is valid.  This view provides no\ninformation about a token's fitness for a particular use.",
      fields: token('token'),
      post: (request, members) => verifyOne(room, request, members),
    },
    blacklist: {
      name: 'Token Blacklist',
      description:
        'Takes a token and blacklists it. Must be used with the\n`rest_framework_simplejwt.token_blacklist` app installed.',
      fields: token('refresh'),
      post: (request, members) => blacklistOne(room, request, members),
    },
    slidingObtain: {
      name: 'Token Obtain Sliding',
      description:
        'Takes a set of user credentials and returns a sliding JSON web token to\nprove the authentication of those credentials.',
      fields: credentials,
      post: (request, members) => obtainSliding(room, request, members),
    },
    slidingRefresh: {
      name: 'Token Refresh Sliding',
      description:
        "Takes a sliding JSON web token and returns a new, refreshed version if the\ntoken's refresh period has not expired.",
      fields: token('token'),
      post: (request, members) => refreshSliding(room, request, members),
    },
  }
  return (Object.keys(views) as Path[]).flatMap((path) => viewRoutes(paths[path], views[path], speech))
}

function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
