// An application with every door that Nest has: HTTP, a gateway, a microservice. Plain JavaScript, since the packages for
// these are installed for its test alone; decorated by hand, since Node runs it as it stands.
import 'reflect-metadata'
import { CountersignModule, Public } from '@countersign/sdk/nest'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices'
import { WsAdapter } from '@nestjs/platform-ws'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { firstValueFrom } from 'rxjs'

function decorate({ prototype }, name, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
  for (const one of decorators) one(prototype, name, descriptor)
}

class Messages {
  shut() {
    return 'passed'
  }
  open() {
    return 'passed'
  }
  page() {
    return 'passed'
  }
}
decorate(Messages, 'shut', MessagePattern('shut'))
decorate(Messages, 'open', MessagePattern('open'), Public())
decorate(Messages, 'page', Get('page'))
Controller()(Messages)

class Gateway {
  shut() {
    return { event: 'answer', data: 'passed' }
  }
  open() {
    return { event: 'answer', data: 'passed' }
  }
}
decorate(Gateway, 'shut', SubscribeMessage('shut'))
decorate(Gateway, 'open', SubscribeMessage('open'), Public())
WebSocketGateway()(Gateway)

/** What answers `shut` and `open` at each door, and where the page is. */
export async function openDoors(options, port, inheritAppConfig) {
  class Root {}
  Module({ imports: [CountersignModule.forRoot(options)], controllers: [Messages], providers: [Gateway] })(
    Root,
  )
  const app = await NestFactory.create(Root, { logger: false })
  app.useWebSocketAdapter(new WsAdapter(app))
  const place = { transport: Transport.TCP, options: { host: '127.0.0.1', port } }
  app.connectMicroservice(place, { inheritAppConfig })
  await app.startAllMicroservices()
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  const client = ClientProxyFactory.create(place)
  return {
    url,
    message: (name) => firstValueFrom(client.send(name, {})).catch((error) => error.message),
    socket: async (name) => {
      const socket = new WebSocket(url.replace('http', 'ws'))
      await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
      const answer = new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
      socket.send(JSON.stringify({ event: name, data: 1 }))
      const { data } = JSON.parse((await answer).data)
      socket.close()
      return data.message ?? data
    },
    close: async () => {
      client.close()
      await app.close()
    },
  }
}
