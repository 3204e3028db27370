// @auth0/angular-jwt with Angular's own HttpClient and injector: it puts the token beside each request, and reads it.
import '@angular/compiler'
import { HttpClient, provideHttpClient, withFetch, withInterceptorsFromDi } from '@angular/common/http'
import {
  createEnvironmentInjector,
  DOCUMENT,
  Injector,
  importProvidersFrom,
  ɵINJECTOR_SCOPE as injectorScope,
  provideZonelessChangeDetection,
} from '@angular/core'
import { JwtHelperService, JwtModule } from '@auth0/angular-jwt'
import { firstValueFrom } from 'rxjs'

const twenty = Array.from({ length: 20 }, (_, index) => index)

export async function run({ url, credentials, advance }) {
  const post = async (path, members) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(members),
    })
    return response.json()
  }
  const pair = await post('/api/token/', credentials)
  const helper = new JwtHelperService()
  const tokenGetter = async () => {
    if (helper.isTokenExpired(pair.access)) {
      Object.assign(pair, await post('/api/token/refresh/', { refresh: pair.refresh }))
    }
    return pair.access
  }
  const injector = createEnvironmentInjector(
    [
      { provide: injectorScope, useValue: 'root' },
      provideZonelessChangeDetection(),
      provideHttpClient(withInterceptorsFromDi(), withFetch()),
      importProvidersFrom(
        JwtModule.forRoot({ config: { tokenGetter, allowedDomains: [new URL(url).host] } }),
      ),
      { provide: DOCUMENT, useValue: { location: new URL(url) } },
    ],
    Injector.create({ providers: [] }),
  )
  const http = injector.get(HttpClient)
  const ask = async (page) => (await firstValueFrom(http.get(`${url}/api/me/?page=${page}`))).id
  const before = await Promise.all(twenty.map(ask))
  const { name, exp } = helper.decodeToken(pair.access)
  const wasFresh = !helper.isTokenExpired(pair.access)
  await advance(301)
  const after = await Promise.all(twenty.map(ask))
  return {
    'sends its token with every request': before.every((id) => id === '1'),
    'reads every letter of a name, and when the token ends':
      name === credentials.fullName && helper.getTokenExpirationDate(pair.access) > new Date(exp * 1000),
    'knows a token that has ended': wasFresh && !helper.isTokenExpired(pair.access),
    'goes on when twenty requests find it so at once': after.every((id) => id === '1'),
  }
}
