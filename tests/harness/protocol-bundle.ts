// The package as a page loads it: one ES module over Web Crypto, everything of both faces.
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const faces = ['index', 'jwe'].map((name) =>
  fileURLToPath(new URL(`../../packages/protocol/src/${name}.ts`, import.meta.url)),
)

export async function bundleProtocol(): Promise<string> {
  const entry = faces.map((path) => `export * from ${JSON.stringify(path)}`).join('\n')
  const bundle = await rolldown({
    input: 'protocol',
    platform: 'browser',
    resolve: { conditionNames: ['@countersign/source', '@countersign/web', 'browser', 'import', 'default'] },
    plugins: [
      {
        name: 'both faces',
        resolveId: (id) => (id === 'protocol' ? id : null),
        load: (id) => (id === 'protocol' ? entry : null),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'es', codeSplitting: false })
  await bundle.close()
  return output[0].code
}
