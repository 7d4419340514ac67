//! The product and the carrier, each in a process of its own, as anybody would start them.
//!
//! The programs are taken from where this one lies: whoever starts it has built them. Dropping one ends its process.

use super::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// How many lines of a program's output are looked through for what is waited for.
const LINES_MAX: usize = 50;

/// A running program.
#[derive(Debug)]
pub struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

/// The running product.
#[derive(Debug)]
pub struct Product {
    /// Its process.
    pub program: Program,
    /// Where HTTP listens.
    pub address: String,
    /// The API key of the first start; empty at a later one.
    pub key: String,
}

/// A running simulated carrier.
#[derive(Debug)]
pub struct Carrier {
    /// Its process.
    pub program: Program,
    /// Where it listens.
    pub address: String,
}

/// The folder of the programs that were built with this one.
///
/// # Errors
/// An operating system that does not tell.
pub fn programs() -> Result<PathBuf, Error> {
    let own = std::env::current_exe()?;
    own.parent().map(Path::to_owned).ok_or_else(|| "expected this program in a folder".into())
}

impl Program {
    /// Starts a command; what it prints is read here, its log goes to ours.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start(mut command: Command) -> Result<Self, Error> {
        command.stdin(Stdio::null());
        Self::spawn(command)
    }

    /// Starts a command that is talked to.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start_talking(mut command: Command) -> Result<Self, Error> {
        command.stdin(Stdio::piped());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Result<Self, Error> {
        let name = command.get_program().to_owned();
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("starting {}: {e}", name.display()))?;
        let output = child.stdout.take().ok_or("expected a pipe from the program")?;
        Ok(Self { child, output: BufReader::new(output) })
    }

    /// Where it listens to us, if it was started so.
    pub fn input(&mut self) -> Option<&mut ChildStdin> {
        self.child.stdin.as_mut()
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads on until a line with `mark`; returns what follows it there.
    ///
    /// # Errors
    /// The output ends, or says too much else.
    pub fn await_line(&mut self, mark: &str) -> Result<String, Error> {
        let mut line = String::new();
        for _ in 0..LINES_MAX {
            line.clear();
            if self.output.read_line(&mut line)? == 0 {
                break;
            }
            if let Some((_, rest)) = line.split_once(mark) {
                return Ok(rest.trim().to_owned());
            }
        }
        Err(format!("expected a line with {mark:?}, found none; the last was {line:?}").into())
    }

    /// Reads on until a line with `mark`; returns all lines, that one last.
    ///
    /// # Errors
    /// The output ends, or says too much else.
    pub fn lines_until(&mut self, mark: &str) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        while lines.len() < LINES_MAX {
            let mut line = String::new();
            if self.output.read_line(&mut line)? == 0 {
                break;
            }
            lines.push(line);
            if lines.last().is_some_and(|line| line.contains(mark)) {
                return Ok(lines);
            }
        }
        Err(format!("expected a line with {mark:?}, found {lines:?}").into())
    }

    /// Ends it as a power cut would: SIGKILL.
    ///
    /// # Errors
    /// A process that is not there any more.
    pub fn kill(mut self) -> Result<(), Error> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends SIGTERM, returns what it printed until it ended.
    ///
    /// # Errors
    /// Another end than that of status 0.
    pub fn stop(mut self) -> Result<String, Error> {
        let told = Command::new("kill").arg("-TERM").arg(self.pid().to_string()).status()?;
        let mut rest = String::new();
        while self.output.read_line(&mut rest)? > 0 {}
        let status = self.child.wait()?;
        if told.success() && status.success() {
            return Ok(rest);
        }
        Err(format!("process {} ended with {status}", self.pid()).into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already: then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `hongyan serve` with a settings file and a data folder.
///
/// # Errors
/// Anything that keeps it from starting.
pub fn product(settings: &Path, data: &Path) -> Result<Product, Error> {
    let mut program = serve(settings, data)?;
    let address = program.await_line("http://")?.trim_end_matches('/').to_owned();
    let login = program.await_line("login:")?;
    Ok(Product { program, address, key: key(&login) })
}

fn serve(settings: &Path, data: &Path) -> Result<Program, Error> {
    let mut command = Command::new(programs()?.join("hongyan"));
    command.env("HONGYAN_LOG", "warn").arg("--config").arg(settings).arg("--data").arg(data);
    command.args(["serve", "--quiet", "--listen", "127.0.0.1:0"]);
    Program::start(command)
}

fn key(login: &str) -> String {
    login.split_whitespace().find(|word| word.starts_with("hy_")).unwrap_or_default().to_owned()
}

/// The running product with a door for accounts over SMPP.
#[derive(Debug)]
pub struct Gateway {
    /// The product.
    pub product: Product,
    /// Where accounts bind.
    pub door: String,
    /// What it printed before it was ready: among it, which messages are uncertain.
    pub greeting: Vec<String>,
}

/// Starts `hongyan serve` as [`product`] does, with settings that open a door for SMPP.
///
/// # Errors
/// Anything that keeps it from starting, or from opening the door.
pub fn gateway(settings: &Path, data: &Path) -> Result<Gateway, Error> {
    let mut program = serve(settings, data)?;
    let greeting = program.lines_until("login:")?;
    let named =
        |mark: &str| greeting.iter().find_map(|line| Some(line.split_once(mark)?.1.trim().to_owned()));
    let address = named("http://").ok_or("expected a line with http://")?.trim_end_matches('/').to_owned();
    let door = named("smpp:").ok_or_else(|| format!("expected a line with smpp:, found {greeting:?}"))?;
    let key = greeting.last().map(|login| key(login)).unwrap_or_default();
    Ok(Gateway { product: Product { program, address, key }, door, greeting })
}

/// Starts `hongyan carrier-sim` on a free port with these habits.
///
/// # Errors
/// Anything that keeps it from starting.
pub fn carrier(habits: &[&str]) -> Result<Carrier, Error> {
    let mut command = Command::new(programs()?.join("hongyan"));
    command.args(["carrier-sim", "--listen", "127.0.0.1:0"]).args(habits);
    let mut program = Program::start(command)?;
    let address = program.await_line("listening on ")?;
    Ok(Carrier { program, address })
}
