/** A file that is written piece by piece. */
export interface Sink {
  write(text: string): Promise<void>;
  close(): Promise<Blob>;
  abort(): Promise<void>;
}

/** The directory of exports, in the files of this page that nobody else sees. */
const DIRECTORY = "audit-exports";

/** Opens a file on disk, in the browser's storage for this page; in memory where the browser has none. */
export async function openSink(type: string): Promise<Sink> {
  try {
    return await onDisk(type);
  } catch {
    return inMemory(type);
  }
}

/** How long an export is kept, in milliseconds: the browser has downloaded it by then. */
const KEPT = 3600_000;

/** Forgets what was exported a while ago. */
export async function forgetExports(): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle(DIRECTORY);
    const files = (directory as unknown as { values(): AsyncIterable<FileSystemFileHandle> }).values();
    for await (const handle of files) {
      const { lastModified } = await handle.getFile();
      if (Date.now() - lastModified > KEPT) await directory.removeEntry(handle.name);
    }
  } catch {
    // There is none, or another tab writes to it.
  }
}

async function onDisk(type: string): Promise<Sink> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle(DIRECTORY, { create: true });
  const name = crypto.randomUUID();
  const handle = await directory.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  return {
    write: (text) => stream.write(text),
    async close() {
      await stream.close();
      return (await handle.getFile()).slice(0, undefined, type);
    },
    async abort() {
      await stream.abort().catch(() => undefined);
      await directory.removeEntry(name).catch(() => undefined);
    },
  };
}

function inMemory(type: string): Sink {
  const parts: string[] = [];
  return {
    write(text) {
      parts.push(text);
      return Promise.resolve();
    },
    close: () => Promise.resolve(new Blob(parts, { type })),
    abort: () => Promise.resolve(),
  };
}
