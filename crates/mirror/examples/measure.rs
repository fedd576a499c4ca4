#![allow(clippy::unwrap_used)]
use std::time::Instant;
use mirror::*;
use domain::*;
use serde_json::{json, value::{RawValue, to_raw_value}};
fn rnd(s: &mut u64) -> u64 { *s ^= *s << 13; *s ^= *s >> 7; *s ^= *s << 17; *s }
const W: [&str; 40] = ["road","lamp","water","drain","garbage","market","temple","cross","main","street","pothole","blocked","leak","broken","tree","fallen","parking","traffic","signal","noise","school","hospital","bridge","footpath","manhole","open","sewage","smell","mosquito","dogs","ರಸ್ತೆ","ಚರಂಡಿ","ನೀರು","ದೀಪ","ಕಸ","सड़क","पानी","बिजली","कचरा","नाली"];
fn doc(s: &mut u64, i: usize) -> Pulled {
    let id = format!("{:016x}{:016x}", rnd(s), rnd(s));
    let mut words = String::new();
    for _ in 0..45 { let a = rnd(s); words.push_str(W[(a % 40) as usize]); if a % 7 == 0 { words.push_str(&format!("{}", a % 5000)); } words.push(' '); }
    let status = ["new","acknowledged","inProgress","resolved","duplicate"][(rnd(s)%5) as usize];
    let t = 1_500_000_000i64 + (rnd(s) % 200_000_000) as i64;
    let ts = jiff::Timestamp::from_second(t).unwrap().strftime("%Y%m%d_%H%M%S").to_string();
    let rev = format!("1-{:016x}{:016x}", rnd(s), rnd(s));
    let mut b = json!({"_id": id, "_rev": rev, "reportedBy": format!("citizen{}@example.org", rnd(s)%20000), "reportedDateTime": ts,
      "picture": {"large": format!("IMG-{ts}-WA{}.jpeg", i), "thumbnail": format!("thumbnail_IMG-{ts}-WA{}.jpg", i)},
      "problemDescription": words, "geoLocation": {"type":"Point","coordinates":[77.5 + (rnd(s)%200000) as f64/1e6, 12.9 + (rnd(s)%200000) as f64/1e6]},
      "address": format!("{} {} Road, Ward {}, Bangalore 5600{}", rnd(s)%900, W[(rnd(s)%30) as usize], rnd(s)%200, rnd(s)%99)});
    if status != "new" { b["triage"] = json!({"status":status,"category":"roads","reply":null,"reason":null,"duplicateOf":null,"photos":[],"by":"ravi","at":"2026-11-23T10:41:05+05:30"}); }
    Pulled { id, rev, deleted: false, body: Some(to_raw_value(&b).unwrap()), unreadable: None }
}
fn timed(what: &str, n: usize, mut f: impl FnMut()) {
    let mut v: Vec<f64> = (0..n).map(|_| { let t = Instant::now(); f(); t.elapsed().as_secs_f64()*1e3 }).collect();
    v.sort_by(f64::total_cmp);
    println!("{what}: p50 {:.2} p99 {:.2} max {:.2} ms", v[v.len()/2], v[v.len()*99/100], v[v.len()-1]);
}
fn main() {
    let n: usize = std::env::args().nth(1).map_or(100_000, |a| a.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mirror.db");
    let mut s = 42u64;
    let mut docs: Vec<Pulled> = (0..n).map(|i| doc(&mut s, i)).collect();
    println!("mean body {} bytes", docs.iter().map(|d| d.body.as_ref().unwrap().get().len()).sum::<usize>()/n);
    let m = Mirror::open(&path, &[7; 32]).unwrap();
    let cp = Checkpoint { since: "1".into(), ..Default::default() };
    let t = Instant::now();
    let mut at = 0;
    let mut size = 2_000;
    while at < n { let end = (at+size).min(n); m.apply_page(Database::Grievances, &docs[at..end], &cp, 1_760_000_000).unwrap(); if at == 0 { println!("first page {:.3}", t.elapsed().as_secs_f64()); } at = end; size = 10_000; }
    let e = t.elapsed().as_secs_f64();
    println!("{n} in {e:.2} s, {:.0}/s", n as f64/e);
    println!("file {} wal {}", std::fs::metadata(&path).unwrap().len(), std::fs::metadata(dir.path().join("mirror.db-wal")).unwrap().len());
    let q = |show: Show, search: Option<&str>, order| Query { show, search: search.map(str::to_owned), order };
    for round in 0..2 {
    println!("--- round {round}");
    for (name, show) in [("all", Show::All), ("open", Show::Open), ("status", Show::Status("resolved".into())), ("tosend", Show::ToSend)] { for order in [Order::Newest, Order::Oldest, Order::LastChanged] {
        let mut after = None;
        timed(&format!("queue {name} {order:?}"), 40, || { let p = m.queue(&q(show.clone(), None, order), after.as_ref(), 50).unwrap(); after = p.next; });
    } }
    for text in ["r", "ro", "road", "lamp mark", "ಚರ", "सड़क", "ward 12", "citizen12", &docs[5].id[..6], "zzz", "road temple 77"] { for show in [Show::All, Show::Open, Show::Status("resolved".into())] {
        let mut total = 0;
        timed(&format!("search {text} {show:?}"), 10, || { total = m.queue(&q(show.clone(), Some(text), Order::Newest), None, 50).unwrap().total; });
        println!("    total {total}");
    } }
    timed("counts", 50, || { m.counts().unwrap(); });
    timed("facts", 20, || { m.facts(0).unwrap(); });
    timed("places all", 20, || { m.places(&Bounds{west:77.0,south:12.0,east:78.0,north:14.0}).unwrap(); });
    timed("places ward", 20, || { m.places(&Bounds{west:77.6,south:12.95,east:77.63,north:12.98}).unwrap(); });
    timed("places close", 20, || { m.places(&Bounds{west:77.6,south:12.95,east:77.605,north:12.955}).unwrap(); });
    let mut k = 0;
    timed("grievance", 100, || { k += 1; m.grievance(&docs[k*7].id).unwrap().unwrap(); });
    let mut k = 0;
    timed("edit", 200, || { k += 1; m.change(&docs[k*13].id, Field::Category, json!(format!("water{round}{k}")), "asha", "2026-11-23T10:41:05+05:30").unwrap(); });
    timed("thumbs", 20, || { m.thumbnails_to_fetch(50, 0).unwrap(); });
    let mut g = round*50+2;
    let mut base = 3000;
    timed("100 changed (status)", 20, || { let page: Vec<Pulled> = docs[base..base+100].iter_mut().map(|d| { g+=1; d.rev = format!("{g}-x"); let t = d.body.as_ref().unwrap().get().replace("\"roads\"", &format!("\"drains{g}\"")); d.body = Some(RawValue::from_string(t).unwrap()); d.clone() }).collect(); base += 100; m.apply_page(Database::Grievances, &page, &cp, 1_760_000_001).unwrap(); });
    timed("100 changed (text)", 20, || { let page: Vec<Pulled> = docs[base..base+100].iter_mut().map(|d| { g+=1; d.rev = format!("{g}-x"); let t = d.body.as_ref().unwrap().get().replace("road ", &format!("way{g} ")); d.body = Some(RawValue::from_string(t).unwrap()); d.clone() }).collect(); base += 100; m.apply_page(Database::Grievances, &page, &cp, 1_760_000_001).unwrap(); });
    let t = Instant::now(); m.checkpoint_wal().unwrap(); println!("checkpoint {:.3}", t.elapsed().as_secs_f64());
    let t = Instant::now(); let mut steps = 1; while m.tidy(0).unwrap() { steps += 1 } println!("tidy {steps} steps {:.3}", t.elapsed().as_secs_f64());
    let t = Instant::now(); let out = m.leaving(10000).unwrap(); println!("leaving {} {:.1} ms", out.len(), t.elapsed().as_secs_f64()*1e3);
    let t = Instant::now(); let acks: Vec<_> = out.into_iter().enumerate().map(|(i,o)| Acknowledged { document: o.document, rev: format!("{}-z{i}", round*1000+900), body: o.body }).collect(); m.acknowledged(&acks, 1_760_000_002).unwrap(); println!("acknowledged {:.1} ms", t.elapsed().as_secs_f64()*1e3);
    for i in 0..1000 { m.change(&docs[i*20].id, Field::Reply, json!(format!("r{i}{round}")), "asha", "2026-11-23T10:41:05+05:30").unwrap(); }
    let t = Instant::now(); let out = m.leaving(10000).unwrap(); println!("leaving {} {:.1} ms", out.len(), t.elapsed().as_secs_f64()*1e3);
    let t = Instant::now(); let acks: Vec<_> = out.into_iter().enumerate().map(|(i,o)| Acknowledged { document: o.document, rev: format!("{}-y{i}", round*1000+990), body: o.body }).collect(); m.acknowledged(&acks, 1_760_000_002).unwrap(); println!("acknowledged {:.1} ms", t.elapsed().as_secs_f64()*1e3);
    }
    let t = Instant::now(); drop(m); println!("close {:.3}", t.elapsed().as_secs_f64());
    println!("file {}", std::fs::metadata(&path).unwrap().len());
    let t = Instant::now(); let m = Mirror::open(&path, &[7; 32]).unwrap(); m.queue(&q(Show::Open, None, Order::Newest), None, 50).unwrap(); println!("open+first page {:.1} ms", t.elapsed().as_secs_f64()*1e3);
}
