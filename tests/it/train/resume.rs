//! A run that is killed, stopped or out of disk goes on, and ends where it would have ended.

use std::fs;
use std::process::Command;
use std::thread::sleep;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{EPOCHS, Run, TRAIN, ended, interruptions, reference, refused, signal, wait_until};

#[test]
fn killed_at_any_moment_it_ends_bit_equal() {
    let took = reference().took;
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    let wanted = interruptions(20);
    let (mut kills, mut while_writing) = (0, 0);
    for chain in 0.. {
        let run = Run::beside(&format!("killed{chain}"));
        loop {
            let mut child = run.start(&["--resume", "--checkpoint-every", "0"]);
            // Runs get killed while they read, learn, write, validate and finish, and some of them while a checkpoint is half written.
            sleep(took.mul_f64(rng.random_range(0.0..0.5)));
            let partial = run.file("checkpoints/resume.safetensors.partial");
            if kills % 3 == 0 {
                while !partial.exists() && child.try_wait().unwrap().is_none() {}
            }
            let _ = child.kill();
            let status = ended(child);
            if status.success() {
                break;
            }
            assert_eq!(status.code(), None, "it was the kill that ended it");
            kills += 1;
            while_writing += usize::from(partial.exists());
            if kills >= wanted {
                let output = run.finish(&["--resume"]);
                assert!(output.status.success(), "{output:?}");
                break;
            }
        }
        run.assert_is_the_reference();
        if kills >= wanted {
            break;
        }
    }
    println!("{while_writing} of {kills} kills left a checkpoint half written");
    assert!(while_writing > 0);
}

#[test]
fn a_signal_writes_a_checkpoint_and_the_rest_is_bit_equal() {
    let run = Run::beside("signalled");
    for (name, code, epoch) in [("INT", 130, 2), ("TERM", 143, 3)] {
        let child = run.start(&["--resume"]);
        let log = run.file("log.jsonl");
        // By the clock the next checkpoint would be a minute away.
        wait_until(|| fs::read_to_string(&log).is_ok_and(|text| text.lines().count() + 1 >= epoch));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let progress = run.checkpoint().progress;
        assert!((progress.epoch, progress.step) > (epoch, 0), "steps were taken and are kept: {progress:?}");
        // One that comes late, while volumes are scored, ends the run at once: everything is in the checkpoint.
        let is_scoring = progress.step == 2;
        refused(&output, code, if is_scoring { &[] } else { &["stopped; --resume"] });
    }
    // The number of threads changes nothing.
    assert!(run.finish(&["--resume", "--workers", "3"]).status.success());
    run.assert_is_the_reference();
}

#[test]
fn a_full_disk_is_said_and_costs_no_checkpoint() {
    let run = Run::beside("full");
    let child = run.start(&[]);
    wait_until(|| fs::read_to_string(run.file("log.jsonl")).is_ok_and(|text| text.lines().count() >= 1));
    signal(&child, "INT");
    assert_eq!(ended(child).code(), Some(130));
    let path = run.file("checkpoints/resume.safetensors");
    let before = fs::read(&path).unwrap();

    // A limit that the checkpoint passes and nothing else does; its signal is ignored, so that the write itself fails.
    let blocks = before.len() / 512 / 2;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut limited = Command::new("sh");
    limited.args(["-c", &script, "sh", TRAIN]).args(run.args(&["--resume", "--checkpoint-every", "0"]));
    refused(&limited.output().unwrap(), 4, &["resume.safetensors", "cannot be written", "--resume goes on"]);
    assert_eq!(fs::read(&path).unwrap(), before, "the last checkpoint is intact");
    assert!(!run.file("checkpoints/resume.safetensors.partial").exists(), "what failed takes no room");

    assert!(run.finish(&["--resume"]).status.success());
    run.assert_is_the_reference();
}

#[test]
fn other_settings_are_refused_by_name_and_a_finished_run_stays_as_it_is() {
    let whole = &reference().run;
    refused(&whole.finish(&["--resume", "--epochs", "5"]), 3, &["--epochs", "started with 3, found 5"]);
    refused(&whole.finish(&["--resume", "--loss", "article-dice"]), 3, &["--loss", "dice-ce", "article-dice"]);
    refused(&whole.finish(&["--resume", "--flip", "0.5"]), 3, &["--flip"]);

    let model = fs::read(whole.file("model.safetensors")).unwrap();
    let output = whole.finish(&["--resume"]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("is finished"));
    assert_eq!(fs::read(whole.file("model.safetensors")).unwrap(), model);
}

#[test]
fn what_was_interrupted_at_the_end_is_made_up_for_and_foreign_runs_are_refused() {
    let (whole, run) = (&reference().run, Run::beside("unfinished"));
    fs::create_dir_all(run.file("checkpoints")).unwrap();
    for name in ["config.toml", "log.jsonl", "metrics.csv"] {
        fs::copy(whole.file(name), run.file(name)).unwrap();
    }
    for name in ["best", "last", "resume"] {
        let name = format!("checkpoints/{name}.safetensors");
        fs::copy(whole.file(&name), run.file(&name)).unwrap();
    }
    // An epoch that was logged after the checkpoint was written.
    let log = fs::read_to_string(run.file("log.jsonl")).unwrap();
    fs::write(run.file("log.jsonl"), format!("{log}{{\"epoch\":4}}\n")).unwrap();
    let output = run.finish(&["--resume"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("epoch 3/3"), "nothing is trained again");
    assert_eq!(run.losses().len(), EPOCHS);
    run.assert_is_the_reference();

    fs::remove_file(run.file("checkpoints/resume.safetensors")).unwrap();
    refused(&run.finish(&["--resume"]), 3, &["unfinished", "without a checkpoint to resume from"]);
    fs::write(run.file("checkpoints/resume.safetensors"), b"not a checkpoint").unwrap();
    refused(&run.finish(&["--resume"]), 3, &["resume.safetensors", "not safetensors"]);
}
