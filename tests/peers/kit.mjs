// What did a card do, on a machine where only the kit of scripts/gpu_kit.sh was? Its records are kept beside those of this machine.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A name of a file for a card; the short form has one of its own, so that it never takes the place of the long one. */
const fileOf = ({ card, quick }) => `kit-${card.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}${quick ? "-quick" : ""}.json`;

/** The record of a kit: the file itself, or the one in its folder of results, or in the kit's folder. */
export function readKit(place) {
  const places = [place, join(place, "kit.json"), join(place, "results", "kit.json")];
  const file = places.find((one) => existsSync(one) && statSync(one).isFile());
  if (!file) throw new Error(`there is no kit.json in ${place}: give the folder that run.sh has written`);
  let record;
  try {
    record = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error.message}`);
  }
  if (!record?.card?.name || !record.table) throw new Error(`${file} is no record of a kit`);
  return record;
}

/** Keeps the record of a kit, in the place of an older one of the same card. */
export function keepKit(folder, record) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, fileOf(record));
  writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`);
  return file;
}

/** The records of all kits that are kept, by the names of their cards. */
export function keptKits(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => /^kit-.*\.json$/.test(name));
  return files.map((name) => readKit(join(folder, name))).sort((one, other) => titleOf(one).localeCompare(titleOf(other)));
}

/** The heading of a card's section, without its marks. */
export const titleOf = ({ card, quick }) => `On a card: ${card.name}${quick ? ", the short form" : ""}`;

/** A section with this heading, in which nothing begins a section of its own. */
export const kitSection = (record) => `## ${titleOf(record)}\n\n${record.table.replace(/^#{1,2} /gm, "### ").trimEnd()}\n`;
