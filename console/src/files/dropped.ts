/** A file that was dropped, and its name below the folder it is dropped into. */
export interface Dropped {
  name: string;
  file: File;
}

/** What was dropped, with all that is in dropped folders. The entries must be taken before anything is waited for. */
export async function dropped(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ name: file.name, file }));
  const found: Dropped[] = [];
  for (const entry of entries) await collect(entry, "", found);
  return found;
}

async function collect(entry: FileSystemEntry, above: string, found: Dropped[]): Promise<void> {
  const name = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((tell, fail) => (entry as FileSystemFileEntry).file(tell, fail));
    found.push({ name, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives some entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((tell, fail) => reader.readEntries(tell, fail));
    if (some.length === 0) return;
    for (const one of some) await collect(one, `${name}/`, found);
  }
}
