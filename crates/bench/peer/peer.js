// The peer: a grievance app's other choice, PouchDB in Node, pulling into LevelDB and building the views without which
// no queue, count or map can be shown. Prints what `Taken` (src/contest.rs) reads.
import PouchDB from "pouchdb-core";
import http from "pouchdb-adapter-http";
import leveldb from "pouchdb-adapter-leveldb";
import mapreduce from "pouchdb-mapreduce";
import replication from "pouchdb-replication";

PouchDB.plugin(http).plugin(leveldb).plugin(mapreduce).plugin(replication);

const [address, folder] = process.argv.slice(2);
const start = performance.now();
const seconds = () => (performance.now() - start) / 1000;
const own = new PouchDB(folder, { adapter: "leveldb" });
let first_rows;

// The default batch of 100 would be slower.
const pulling = own.replicate.from(new PouchDB(address, { skip_setup: true }), { batch_size: 1000, retry: false });
pulling.on("change", () => {
  first_rows ??= seconds();
});
await pulling;
const pulled = seconds();
const memory = process.resourceUsage().maxRSS * 1024;

const view = (map, reduce) => ({ map: map.toString(), reduce });
await own.put({
  _id: "_design/queue",
  views: {
    list: view((doc) => emit([doc.triage ? doc.triage.status : "new", doc.reportedDateTime])),
    counts: view((doc) => emit(doc.triage ? doc.triage.status : "new"), "_count"),
    places: view((doc) => doc.geoLocation && emit(doc.geoLocation.coordinates)),
  },
});
await own.query("queue/list", { descending: true, limit: 50, include_docs: true });
await own.query("queue/counts", { group: true });
await own.query("queue/places", { limit: 50 });
const usable = seconds();

const documents = (await own.info()).doc_count - 1;
await own.close();
console.log(JSON.stringify({ documents, pulled, first_rows, usable, memory }));
