/** Values as lines of JSON, pulled by the client: one that reads slowly gets fewer, none piles up. */
export function lines(
  values: AsyncIterable<unknown>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const iterator = values[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (next.done === true) {
            onEnd();
            controller.close();
          } else {
            controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
          }
        } catch (error) {
          onEnd();
          controller.error(error);
        }
      },
      async cancel() {
        onEnd();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
