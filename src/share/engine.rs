//! The engine, spoken to: what a shared library needs of Milvus, as calls that wait, within deadlines.

use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use milvus::v2::prelude::{
    AlterAliasRequest, ClientV2, CollectionSchema, ConnectConfig, ConsistencyLevel,
    CreateAliasRequest, CreateCollectionRequest, CreateDatabaseRequest, CreateIndexRequest,
    DataType, DeleteRequest, DescribeAliasRequest, DescribeIndexRequest, Error, FieldSchema,
    Function, FunctionType, HasCollectionRequest, IndexParam, IndexType, InsertRequest,
    ListDatabasesRequest, LoadCollectionRequest, MetricType, QueryRequest, RetryConfig,
    SearchRequest, SearchVectors, TelemetryConfig, UpsertRequest,
};
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};

use super::address::{Address, Credentials};
use super::{Result, ShareError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Who publishes has time; who asks is waiting.
const PUBLISHING: Patience = Patience {
    call: Duration::from_secs(60),
    all: Duration::from_secs(90),
    tries: 6,
};
const READING: Patience = Patience {
    call: Duration::from_secs(15),
    all: Duration::from_secs(20),
    tries: 3,
};
/// Looks whether another has made what could not be made, and the time between two.
const LOOKS: usize = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// Rows that an answer may have, fewer than the engine's own limit, which is asked for.
const AT_ONCE: u64 = 10_000;
const WINDOW: i64 = 16_384;
/// Digits by which rows are parted at most.
const DEEPEST: usize = 8;

/// How long a call may take, and with all of its repetitions, and tries of one that a network or a busy engine has
/// broken.
struct Patience {
    call: Duration,
    all: Duration,
    tries: u32,
}

/// A row: an object of fields.
pub type Entity = Map<String, Value>;

/// What a collection's rows have, the first field their key.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    pub name: &'a str,
    pub fields: &'a [(&'static str, Kind)],
    pub vector: Vector,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of as many bytes at most.
    Text(u32),
    /// Text that the engine scores by BM25.
    Words,
    Number,
}

/// What a table is searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vector {
    /// Embeddings of length 1, in `vector`, of as many dimensions.
    Dense(u32),
    /// The words of its field of this kind, in `sparse`.
    Bm25,
    /// Nothing: the engine wants a vector of each row all the same.
    None,
}

/// What is searched for, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub what: What<'a>,
    /// In the engine's language; empty for all.
    pub filter: &'a str,
    pub fields: &'a [&'a str],
    pub most: usize,
}

#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    Near(&'a [f32]),
    /// Words with blanks between.
    Words(&'a str),
}

/// An open database of the engine.
pub struct Engine {
    address: Address,
    runtime: Runtime,
    client: ClientV2,
}

impl Engine {
    /// Connects to the engine and opens the database, which is made where `creates` says so: to publish. Else to read.
    ///
    /// # Errors
    ///
    /// `Unreachable`, within some ten seconds, and `Refused`.
    pub fn connect(address: &Address, credentials: &Credentials, creates: bool) -> Result<Self> {
        let patience = if creates { PUBLISHING } else { READING };
        let mut config = ConnectConfig::new()
            .uri(address.uri())
            .connect_timeout(CONNECT)
            .rpc_timeout(patience.call)
            // What is asked here is nobody's business.
            .telemetry(TelemetryConfig::new().enabled(false))
            .retry(
                RetryConfig::new()
                    .max_attempts(patience.tries)
                    .max_retry_timeout(patience.all),
            );
        if let Some(token) = &credentials.token {
            config = config.token(token);
        }
        if address.is_private {
            config = config.secure(true);
            if let Some(authority) = &credentials.authority {
                config = config.ca_certificate(authority);
            }
        }
        let unreachable = |detail: &dyn Display| ShareError::Unreachable {
            address: address.to_string(),
            detail: detail.to_string(),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(&error))?;
        let client = runtime
            .block_on(async { tokio::time::timeout(CONNECT * 2, ClientV2::new(&config)).await });
        let client = client.map_err(|error| unreachable(&error))?;
        let client = client.map_err(|error| unreachable(&error))?;
        let engine = Self {
            address: address.clone(),
            runtime,
            client,
        };
        engine.open_database(creates)?;
        Ok(engine)
    }

    fn open_database(&self, creates: bool) -> Result<()> {
        let name = &self.address.database;
        let is_there = || {
            self.call("list its libraries", async {
                let request = ListDatabasesRequest::builder().build()?;
                let listed = self.client.list_databases(request).await?;
                Ok(listed.database_names().iter().any(|n| n == name))
            })
        };
        if !creates && !is_there()? {
            return Err(self.strange("nothing was published there, or not to you"));
        }
        if creates {
            self.unless_there(is_there, "make the library", async || {
                let request = CreateDatabaseRequest::builder()
                    .database_name(name)
                    .build()?;
                self.client.create_database(request).await
            })?;
        }
        self.call("open the library", self.client.use_database(name))
    }

    /// That what it has is none of a shared library.
    pub fn strange(&self, detail: impl Into<String>) -> ShareError {
        ShareError::Strange {
            address: self.address.to_string(),
            detail: detail.into(),
        }
    }

    /// Where it lies, for messages.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether it has a collection.
    pub fn has(&self, name: &str) -> Result<bool> {
        self.call(&format!("look for {name}"), async {
            let request = HasCollectionRequest::builder()
                .collection_name(name)
                .build()?;
            Ok(self.client.has_collection(request).await?.exists())
        })
    }

    /// Makes a collection where there is none of this name, and has it ready to be asked. Another publisher may make it
    /// at this time, and one that was killed may have made a part of it.
    pub fn create(&self, table: &Table<'_>) -> Result<()> {
        let name = table.name;
        self.unless_there(
            || self.has(name),
            &format!("make {name}"),
            async || {
                let request = CreateCollectionRequest::builder()
                    .collection_name(name)
                    .schema(schema(table))
                    .consistency_level(ConsistencyLevel::Strong)
                    .build()?;
                self.client.create_collection(request).await
            },
        )?;
        self.unless_there(
            || self.has_index(table),
            &format!("index {name}"),
            async || {
                let request = CreateIndexRequest::builder()
                    .collection_name(name)
                    .index_param(index(table.vector))
                    .sync(false)
                    .build()?;
                self.client.create_index(request).await
            },
        )?;
        self.load(name)
    }

    /// Has a collection ready to be asked, as it is not where the engine was started anew.
    pub fn load(&self, name: &str) -> Result<()> {
        self.call(&format!("load {name}"), async {
            let request = LoadCollectionRequest::builder()
                .collection_name(name)
                .build()?;
            self.client.load_collection(request).await
        })
    }

    fn has_index(&self, table: &Table<'_>) -> Result<bool> {
        let found = self.call("look for an index", async {
            let request = DescribeIndexRequest::builder()
                .collection_name(table.name)
                .field_name(vector_field(table.vector))
                .build()?;
            Ok(self.client.describe_index(request).await)
        })?;
        match found {
            Ok(_) => Ok(true),
            Err(Error::Server(_)) => Ok(false),
            Err(error) => Err(self.error("look for an index", &error)),
        }
    }

    /// Has something made that is not there. What fails because another makes it at this time is no failure once it is
    /// there.
    fn unless_there(
        &self,
        is_there: impl Fn() -> Result<bool>,
        what: &str,
        make: impl AsyncFn() -> Result<(), Error>,
    ) -> Result<()> {
        if is_there()? {
            return Ok(());
        }
        let Err(error) = self.runtime.block_on(make()) else {
            return Ok(());
        };
        for _ in 0..LOOKS {
            std::thread::sleep(BETWEEN_LOOKS);
            if is_there()? {
                return Ok(());
            }
        }
        Err(self.error(what, &error))
    }

    /// Writes rows, in the place of those that have their keys.
    pub fn upsert(&self, table: &str, rows: Vec<Value>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.call(&format!("write into {table}"), async {
            let rows = InsertRequest::builder()
                .collection_name(table)
                .rows(rows)
                .build()?;
            let request = UpsertRequest::builder().insert(rows).build()?;
            self.client.upsert(request).await.map(drop)
        })
    }

    /// Removes the rows that a filter, in the engine's language, matches.
    pub fn delete(&self, table: &str, filter: &str) -> Result<()> {
        self.call(&format!("remove from {table}"), async {
            let request = DeleteRequest::builder()
                .collection_name(table)
                .filter(filter)
                .build()?;
            self.client.delete(request).await.map(drop)
        })
    }

    /// All rows that a filter matches, of all of a table where it is empty, with these fields. Engines give some
    /// thousands at once and promise no order: more are asked for by the first digits of the field `by`, which is
    /// hexadecimal.
    pub fn rows(
        &self,
        table: &str,
        filter: &str,
        by: &str,
        fields: &[&str],
    ) -> Result<Vec<Entity>> {
        let mut out = Vec::new();
        let mut wanted = vec![String::new()];
        while let Some(prefix) = wanted.pop() {
            let part = match (filter, prefix.as_str()) {
                (_, "") => filter.to_owned(),
                ("", prefix) => format!("{by} like \"{prefix}%\""),
                (filter, prefix) => format!("{filter} and {by} like \"{prefix}%\""),
            };
            match self.count(table, &part)? {
                0 => {}
                found if found > AT_ONCE && prefix.len() < DEEPEST => {
                    wanted.extend(
                        "0123456789abcdef"
                            .chars()
                            .map(|digit| format!("{prefix}{digit}")),
                    );
                }
                _ => out.extend(self.some_rows(table, &part, fields)?),
            }
        }
        Ok(out)
    }

    /// The rows that a filter matches, as many as the engine gives at once.
    fn some_rows(&self, table: &str, filter: &str, fields: &[&str]) -> Result<Vec<Entity>> {
        self.asked(&format!("read {table}"), table, async || {
            let query = QueryRequest::builder()
                .collection_name(table)
                .filter(filter)
                .output_fields(fields.iter().copied())
                .limit(WINDOW)
                .consistency_level(ConsistencyLevel::Strong)
                .build()?;
            let answer = self.client.query(query).await?;
            let mut rows = Vec::new();
            for row in answer.results().rows()? {
                rows.push(row.to_entity_row()?);
            }
            Ok(rows)
        })
    }

    /// The rows that a search finds, best first, with these fields and their scores; of those that a filter matches.
    pub fn search(&self, table: &Table<'_>, wanted: &Wanted<'_>) -> Result<Vec<(Entity, f32)>> {
        let vectors = match wanted.what {
            What::Near(embedding) => SearchVectors::Float(vec![embedding.to_vec()]),
            What::Words(words) => SearchVectors::EmbeddedText(vec![words.to_owned()]),
        };
        self.asked(&format!("search {}", table.name), table.name, async || {
            let request = SearchRequest::builder()
                .collection_name(table.name)
                .vector_field(vector_field(table.vector))
                .vectors(vectors.clone())
                .filter(wanted.filter)
                .output_fields(wanted.fields.iter().copied())
                .limit(wanted.most.min(WINDOW as usize) as i64)
                .consistency_level(ConsistencyLevel::Bounded)
                .build()?;
            let answer = self.client.search(request).await?;
            let mut found = Vec::new();
            for result in answer.results().iter() {
                for (row, score) in result.rows()?.zip(result.get_scores()) {
                    found.push((row.to_entity_row()?, *score));
                }
            }
            Ok(found)
        })
    }

    /// How many rows a filter matches.
    pub fn count(&self, table: &str, filter: &str) -> Result<u64> {
        self.asked(&format!("count {table}"), table, async || {
            let query = QueryRequest::builder()
                .collection_name(table)
                .filter(filter)
                .output_fields(["count(*)"])
                .consistency_level(ConsistencyLevel::Strong)
                .build()?;
            let answer = self.client.query(query).await?;
            let row = answer.results().rows()?.next();
            let row = row.ok_or_else(|| Error::MalformedResponse("a count has no row".into()))?;
            Ok(row.get_i64("count(*)")?.unsigned_abs())
        })
    }

    /// The collection that an alias leads to; none where there is no such alias.
    pub fn alias(&self, name: &str) -> Result<Option<String>> {
        let described = self.call("look up an alias", async {
            let request = DescribeAliasRequest::builder().alias(name).build()?;
            Ok(self.client.describe_alias(request).await)
        })?;
        match described {
            Ok(found) => Ok(Some(found.collection_name().to_owned())),
            Err(Error::Server(_)) => Ok(None),
            Err(error) => Err(self.error("look up an alias", &error)),
        }
    }

    /// Has an alias lead to a collection, in one step.
    pub fn point(&self, alias: &str, collection: &str) -> Result<()> {
        if self.alias(alias)?.is_none() {
            let is_there = || Ok(self.alias(alias)?.is_some());
            self.unless_there(is_there, "make an alias", async || {
                let request = CreateAliasRequest::builder()
                    .alias(alias)
                    .collection_name(collection)
                    .build()?;
                self.client.create_alias(request).await
            })?;
        }
        self.call("switch an alias", async {
            let request = AlterAliasRequest::builder()
                .alias(alias)
                .collection_name(collection)
                .build()?;
            self.client.alter_alias(request).await
        })
    }

    /// Asks a collection. One of an engine that was started anew meanwhile is not ready, and is had ready first.
    fn asked<T>(
        &self,
        what: &str,
        table: &str,
        ask: impl AsyncFn() -> Result<T, Error>,
    ) -> Result<T> {
        match self.call(what, ask()) {
            Err(ShareError::Refused { .. }) if self.load(table).is_ok() => self.call(what, ask()),
            other => other,
        }
    }

    fn call<T>(&self, what: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T> {
        let done = self.runtime.block_on(work);
        done.map_err(|error| self.error(what, &error))
    }

    fn error(&self, what: &str, error: &Error) -> ShareError {
        let (address, detail) = (self.address.to_string(), error.to_string());
        // What it says of itself, or what the way to it says.
        match error {
            Error::Server(_) | Error::Validation(_) | Error::Conversion(_) => ShareError::Refused {
                address,
                what: what.to_owned(),
                detail,
            },
            Error::MalformedResponse(_) => self.strange(detail),
            _ => ShareError::Unreachable {
                address,
                detail: format!("to {what}: {detail}"),
            },
        }
    }
}

fn schema(table: &Table<'_>) -> CollectionSchema {
    let mut schema = CollectionSchema::new();
    for (at, (name, kind)) in table.fields.iter().enumerate() {
        let field = FieldSchema::new().name(*name).primary_key(at == 0);
        schema = schema.add_field(match kind {
            Kind::Text(most) => field.data_type(DataType::VarChar).max_length(*most),
            Kind::Words => field
                .data_type(DataType::VarChar)
                .max_length(65_535)
                .enable_analyzer(true)
                .enable_match(true),
            Kind::Number => field.data_type(DataType::Int64),
        });
    }
    let vector = FieldSchema::new().name(vector_field(table.vector));
    match table.vector {
        Vector::Dense(dimensions) => schema.add_field(
            vector
                .data_type(DataType::FloatVector)
                .dimension(dimensions),
        ),
        Vector::None => schema.add_field(vector.data_type(DataType::FloatVector).dimension(2)),
        Vector::Bm25 => {
            let words = table.fields.iter().find(|(_, kind)| *kind == Kind::Words);
            let words = words.map_or("words", |(name, _)| name);
            schema
                .add_field(vector.data_type(DataType::SparseFloatVector))
                .add_function(
                    Function::new()
                        .name("bm25")
                        .function_type(FunctionType::Bm25)
                        .input_fields([words])
                        .output_fields([vector_field(table.vector)]),
                )
        }
    }
}

fn index(vector: Vector) -> IndexParam {
    let param = IndexParam::new().field_name(vector_field(vector));
    match vector {
        Vector::Dense(_) => param
            .index_type(IndexType::AutoIndex)
            .metric_type(MetricType::Ip),
        Vector::None => param
            .index_type(IndexType::Flat)
            .metric_type(MetricType::L2),
        // What BM25 is scored by here and on one machine.
        Vector::Bm25 => param
            .index_type(IndexType::SparseInvertedIndex)
            .metric_type(MetricType::Bm25)
            .extra_params(HashMap::from([
                ("bm25_k1".to_owned(), "1.2".to_owned()),
                ("bm25_b".to_owned(), "0.75".to_owned()),
            ])),
    }
}

const fn vector_field(vector: Vector) -> &'static str {
    match vector {
        Vector::Bm25 => "sparse",
        Vector::Dense(_) | Vector::None => "vector",
    }
}
