//! What was found out, as Markdown.

use std::fmt::{self, Display, Write};

/// A row of the table of targets.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// What was measured.
    pub(crate) what: String,
    /// What the machine can do.
    pub(crate) yardstick: String,
    /// What Roster does.
    pub(crate) roster: String,
    /// How they compare, if they do.
    pub(crate) ratio: String,
    /// What is wanted.
    pub(crate) target: String,
    /// Whether it is so.
    pub(crate) is_met: bool,
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty one.
    pub(crate) fn new<const N: usize>(head: [&str; N]) -> Self {
        let (head, rows) = (head.map(str::to_owned).into(), Vec::new());
        Self { head, rows }
    }

    /// One more row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |cells: &[String]| writeln!(f, "| {} |", cells.join(" | "));
        line(&self.head)?;
        line(&vec!["---".to_owned(); self.head.len()])?;
        self.rows.iter().try_for_each(|row| line(row))
    }
}

/// What a scenario has found out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    /// Its rows of the table of targets.
    pub(crate) targets: Vec<Target>,
    /// Its section, without the title.
    pub(crate) text: String,
    /// Its plots: names of files, what they show, and the drawings.
    pub(crate) plots: Vec<(String, String, String)>,
}

impl Findings {
    /// A paragraph.
    pub(crate) fn say(&mut self, paragraph: impl Display) {
        // A String takes whatever is written.
        let _ = write!(self.text, "{paragraph}\n\n");
    }

    /// How something was called.
    pub(crate) fn command(&mut self, line: impl Display) {
        self.say(format_args!("```sh\n{line}\n```"));
    }

    /// A table.
    pub(crate) fn table(&mut self, table: &Table) {
        self.say(table.to_string().trim_end());
    }
}

/// A scenario that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its title.
    pub(crate) title: &'static str,
    /// What it has found out, or why not.
    pub(crate) findings: crate::failure::Result<Findings>,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// The whole report.
pub(crate) fn write(about: &str, ended: &[Ended], folder_of_plots: &str) -> String {
    let mut text = String::from(
        "# How fast Roster is\n\nWritten by `scripts/bench`, which does it again: the yardstick and Roster take turns on one machine, so that ratios mean \
         more than numbers. Numbers are medians of the rounds, with the smallest and the largest in parentheses; a ratio is the median of the \
         rounds' ratios. Users are imported, each in two of 50 groups, one in ten deleted and one in ten pending; PostgreSQL is told to vacuum and analyze \
         them then, which it would do by itself within minutes, in the midst of what is measured.\n\n",
    );
    let mut targets = Table::new(["what", "yardstick", "Roster", "ratio", "target", "met"]);
    for target in ended
        .iter()
        .filter_map(|one| one.findings.as_ref().ok())
        .flat_map(|one| &one.targets)
    {
        let met = if target.is_met { "yes" } else { "**no**" };
        let cells = [
            &target.what,
            &target.yardstick,
            &target.roster,
            &target.ratio,
            &target.target,
        ];
        let [what, yardstick, roster, ratio, wanted] = cells.map(Clone::clone);
        targets.row([what, yardstick, roster, ratio, wanted, met.to_owned()]);
    }
    let _ = write!(text, "## Targets\n\n{targets}\n");
    for one in ended {
        let _ = match &one.findings {
            Ok(findings) => write!(text, "## {}\n\n{}", one.title, findings.text),
            Err(failure) => write!(text, "## {}\n\n**Failed**: {failure}\n\n", one.title),
        };
        for (file, caption, _) in one.findings.iter().flat_map(|findings| &findings.plots) {
            let _ = write!(text, "![{caption}]({folder_of_plots}/{file}.svg)\n\n");
        }
    }
    let _ = write!(
        text,
        "## Where and when\n\n{about}\n\nHow long each scenario took:"
    );
    for one in ended {
        let _ = write!(text, " {} {:.0} s;", one.title.to_lowercase(), one.seconds);
    }
    text.truncate(text.trim_end_matches(';').len());
    text.push_str(".\n");
    text
}
