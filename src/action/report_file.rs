//! Where a run leaves its report and its page for later steps: in the runner's folder for temporary files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The most reports that the runs of one job leave.
const MOST: u32 = 1000;

/// Writes `report` into a new file of `folder`, which is `RUNNER_TEMP`.
/// Returns the file's name: in a container the folder has another path than
/// for the steps that read it.
///
/// # Errors
/// If it cannot be written.
pub fn write_report(folder: &Path, report: &str) -> io::Result<String> {
    for count in 1..MOST {
        let name = match count {
            1 => "evalai-sync-report.json".to_owned(),
            _ => format!("evalai-sync-report-{count}.json"),
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(folder.join(&name));
        match file {
            Ok(mut file) => {
                file.write_all(report.as_bytes())?;
                return Ok(name);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Writes `html` as the only page of a folder in `folder`, which is
/// `RUNNER_TEMP`. Returns the name of the page's folder.
///
/// # Errors
/// If it cannot be written.
pub fn write_status_page(folder: &Path, html: &str) -> io::Result<String> {
    const NAME: &str = "evalai-sync-status";
    let pages = folder.join(NAME);
    fs::create_dir_all(&pages)?;
    fs::write(pages.join("index.html"), html)?;
    Ok(NAME.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_of_a_job_leaves_a_report_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["1", "2", "3"].map(|text| write_report(folder.path(), text).unwrap());
        let expected = [
            "evalai-sync-report.json",
            "evalai-sync-report-2.json",
            "evalai-sync-report-3.json",
        ];
        assert_eq!(names, expected);
        let second = std::fs::read_to_string(folder.path().join(expected[1])).unwrap();
        assert_eq!(second, "2");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_report(&folder.path().join("none"), "").is_err());
    }
}
